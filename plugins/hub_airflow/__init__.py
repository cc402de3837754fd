"""What the DAGs say in Airflow's language; the work itself is done by the package ``hub``."""

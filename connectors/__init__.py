"""Bytes in, bytes out: SFTP servers and foreign databases.

Knows no contract, no hub and no Airflow, and reads no environment: everything that a connector needs is an argument.
All trouble comes out as one of ``connectors.faults``.
"""

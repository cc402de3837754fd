"""Wiring of the reminders, on working days."""

from __future__ import annotations

from airflow.sdk import DAG, task

from hub_airflow import contracts, names
from hub_airflow.working_days import WorkingDays

DOC = """
### 报送提醒
每个工作日上午登记应报送的、迟报的和漏报的，向报送单位发出提醒，并更新核验报告。工作日以国务院办公厅的放假通知为准。
同一变化只提醒一次，重复运行不会重复登记。家庭积分也在这时计算并发出。

### Reminders
On the morning of every working day: enters what is due, late and missing, sends the reminders, and has the auditors'
pages rebuilt. Each change is told once; running it twice changes nothing. Household points are issued, too, and ring
the outlets that take them.
"""

with DAG(
    names.REMINDERS,
    dag_display_name="报送提醒",
    description="登记应报送与漏报，发出提醒",
    doc_md=DOC,
    schedule=WorkingDays(8, 30),
    start_date=names.START,
    catchup=False,
    max_active_runs=1,
    default_args=names.DEFAULTS,
    tags=["提醒", "reminders"],
):

    @task(
        task_display_name="登记并提醒",
        outlets=[names.REPORTS.outlet(), *(names.outlet(outlet.id).outlet() for outlet in contracts.outlets())],
    )
    def remind(**context: object) -> None:
        from hub_airflow import tasks

        tasks.remind(context)

    remind()

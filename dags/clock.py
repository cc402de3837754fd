"""Wiring of the clock that rings the outlets."""

from __future__ import annotations

from airflow.sdk import DAG, CronTriggerTimetable, task

from hub_airflow import contracts, names

DOC = """
### 出口时钟
每分钟看一次各出口：有待发或待答复的内容且没有正在运行的，就唤起它。没有待办时什么也不做。

### Clock of the outlets
Rings every outlet that has something due and no run under way. Looks once a minute.
"""

with DAG(
    names.CLOCK,
    dag_display_name="出口时钟",
    description="按时唤起有待发或待答复内容的出口",
    doc_md=DOC,
    schedule=CronTriggerTimetable("* * * * *", timezone=names.ZONE),
    start_date=names.START,
    catchup=False,
    max_active_runs=1,
    default_args=names.DEFAULTS,
    tags=["出口", "outlet"],
):

    @task(
        task_display_name="唤起出口",
        retries=0,  # the next minute is the next attempt
        outlets=[names.outlet(outlet.id).outlet() for outlet in contracts.outlets()],
    )
    def ring(**context: object) -> None:
        from hub_airflow import tasks

        tasks.ring_outlets(context)

    ring()

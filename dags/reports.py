"""Wiring of the auditors' pages."""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from hub_airflow import names

DOC = """
### 核验报告
数据集办结或出口有新答复后，重新生成审核人员查看的网页报告：每份报送一页，每个数据集一页，离线可看、可打印。

### Reports
Rebuilds the auditors' pages after a dataset or an outlet has changed the ledger. A run with another one queued behind
it leaves the work to that one.
"""

with DAG(
    names.REPORTS.dag,
    dag_display_name="核验报告",
    description="生成每份报送和每个数据集的核验报告",
    doc_md=DOC,
    schedule=PartitionedAssetTimetable(assets=names.REPORTS.outlet()),
    start_date=names.START,
    catchup=False,
    max_active_runs=1,
    default_args=names.DEFAULTS,
    tags=["报告", "reports"],
):

    @task(task_display_name="生成报告")
    def report(**context: object) -> None:
        from hub_airflow import tasks

        tasks.report(context)

    report()

"""Wiring of one DAG per outlet."""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable, get_parsing_context, task

from hub.contract.model import Outlet
from hub_airflow import contracts, names

DOC = """
### 出口：{outlet.name}
把依法可以共享的记录发往出口，并取回对方的答复；对方退回的，向报送单位补发更正回执。尚未答复的由出口时钟再次唤起。

### Outlet {outlet.id}
Sends what is due and records the answers. What stays unanswered is rung again by the clock, once a minute.
"""


def outlet_dag(outlet: Outlet) -> DAG:
    """The DAG of one outlet: on the partitions that datasets and the clock add to its asset."""
    bell = names.outlet(outlet.id)
    with DAG(
        bell.dag,
        dag_display_name=f"出口：{outlet.name}",
        description=outlet.purpose,
        doc_md=DOC.format(outlet=outlet),
        schedule=PartitionedAssetTimetable(assets=bell.outlet()),
        start_date=names.START,
        catchup=False,
        max_active_runs=1,
        default_args=names.DEFAULTS,
        tags=["出口", "outlet"],
    ) as dag:

        @task(task_display_name="发送并取回答复", outlets=[names.REPORTS.outlet()])
        def drain(**context: object) -> None:
            from hub_airflow import tasks

            tasks.drain(context, outlet.id)

        drain()
    return dag


wanted = get_parsing_context().dag_id
for each in contracts.outlets():
    if wanted in (None, names.outlet(each.id).dag):
        globals()[names.outlet(each.id).dag] = outlet_dag(each)

"""Wiring of the collecting DAG: the doorbell rings, files are landed, datasets are rung."""

from __future__ import annotations

from airflow.sdk import DAG, Asset, AssetWatcher, task

from hub_airflow import contracts, names
from hub_airflow.doorbell import InboxDoorbell

DOC = """
### 收件
门铃发现报送文件（或台账里有未办结的报送）后运行：只接收已传完的文件，登记入台账，再按数据集逐一唤起办理。
重复运行不会重复登记。文件未传完时不取，稍后再看。

### Collecting
Runs when the doorbell rings: a file has settled in an inbox, or the ledger has deliveries that wait. Lands complete
files, enters them in the ledger and adds one partition per dataset and wave. Running it twice changes nothing.
"""

inbox = Asset(name=names.INBOX_ASSET, watchers=[AssetWatcher(name="doorbell", trigger=InboxDoorbell())])

with DAG(
    names.COLLECT,
    dag_display_name="收件",
    description="接收各部门收件箱中已传完的报送",
    doc_md=DOC,
    schedule=[inbox],
    start_date=names.START,
    catchup=False,
    max_active_runs=1,
    default_args=names.DEFAULTS,
    tags=["收件", "collect"],
):

    @task(
        task_display_name="接收并登记",
        outlets=[names.dataset(dataset).outlet() for dataset in contracts.dataset_names()],
    )
    def collect(**context: object) -> None:
        from hub_airflow import tasks

        tasks.collect(context)

    collect()

"""Wiring of one DAG per dataset, generated from the contracts' names."""

from __future__ import annotations

from airflow.sdk import DAG, PartitionedAssetTimetable, get_parsing_context, task

from hub_airflow import contracts, names

DOC = """
### {title}（{dataset}）
办理本数据集全部待办报送：读取、规范化、逐行核验、整批把关、入库、回执。每一行都有且只有一个结论，报送单位都会收到回执。
办结后唤起有待发内容的出口和核验报告。重复运行不会重复入库。

### {dataset}
Takes every waiting delivery of the dataset to its end, receipts included, then rings the outlets that have something
to send. Running it twice changes nothing. Scheduled by the partitions of the dataset's asset.
"""

# Whoever a run may wake: the same for all datasets, so outlets.yaml is read once.
BELLS = [*(names.outlet(each.id) for each in contracts.outlets()), names.REPORTS]


def dataset_dag(dataset: str) -> DAG:
    """The DAG of one dataset. Reads this dataset's contract and no other."""
    title = contracts.title(dataset)
    bell = names.dataset(dataset)
    with DAG(
        bell.dag,
        dag_display_name=f"办理：{title}",
        description=f"{title}：核验、入库、回执",
        doc_md=DOC.format(title=title, dataset=dataset),
        schedule=PartitionedAssetTimetable(assets=bell.outlet()),
        start_date=names.START,
        catchup=False,
        max_active_runs=1,
        default_args=names.DEFAULTS,
        tags=["数据集", "dataset", dataset.split("/")[0]],
    ) as dag:

        @task(task_display_name="核验、入库、回执", outlets=[each.outlet() for each in BELLS])
        def run(**context: object) -> None:
            from hub_airflow import tasks

            tasks.run_dataset(context, dataset)

        run()
    return dag


# A task start parses this file again, for one DAG only: then no other contract is opened.
wanted = get_parsing_context().dag_id
for name in contracts.dataset_names():
    if wanted in (None, names.dataset(name).dag):
        globals()[names.dataset(name).dag] = dataset_dag(name)

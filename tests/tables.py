"""Reads tables of Parquet with pyarrow and with DuckDB, and compares them with the entries and the scores.

usage: tables.py entries.parquet entries.jsonl scores.parquet scores.jsonl analysis.md

Ends with 77 where pyarrow or DuckDB is not there.
"""

import datetime
import decimal
import json
import re
import sys

try:
    import duckdb
    import pyarrow.parquet
    import pytz  # DuckDB needs it for instants
except ImportError as missing:
    print(f"{missing}: `pip install duckdb pyarrow pytz` brings it")
    sys.exit(77)

IN_LINE_ALONE = {"rulebook", "old_key", "new_key", "checkpoint"}
TYPES = {
    "BIGINT": "seq",
    "UUID": "id association customer event",
    "TIMESTAMP WITH TIME ZONE": "recorded_at effective_at",
    "DATE": "month earned_on expires_on anniversary",
    "DECIMAL(21,6)": "value",
}
SCORE_TYPES = {
    "DATE": "first last measured_month",
    "TIMESTAMP WITH TIME ZONE": "known_at",
    "DECIMAL(5,2)": "points net_customer_adds intermediate_certifications advanced_certifications usage_growth deployments",
    "BOOLEAN": "qualified",
}


def both(path, types):
    """The rows of a file, which pyarrow and DuckDB read alike, and whose columns have these types in DuckDB."""
    table = pyarrow.parquet.read_table(path)
    relation = duckdb.sql(f"SELECT * FROM '{path}'")
    named = {name: kind for kind, names in types.items() for name in names.split()}
    for name, kind in zip(relation.columns, relation.types):
        assert str(kind) == named.get(name, "VARCHAR"), (path, name, str(kind))
    rows = table.to_pylist()
    utc = lambda value: value.astimezone(datetime.timezone.utc) if isinstance(value, datetime.datetime) else value
    others = [dict(zip(relation.columns, map(utc, row))) for row in relation.fetchall()]
    assert [{name: utc(value) for name, value in row.items()} for row in rows] == others, path
    return others


def text(name, value):
    """A cell as an entry has it."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, decimal.Decimal):
        digits = f"{value:f}"
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    return str(value)[:7] if name == "month" else str(value)


def check_entries(path, lines):
    rows = both(path, TYPES)
    assert len(rows) == len(lines), (len(rows), len(lines))
    for row, line in zip(rows, lines):
        entry = json.loads(line)
        event = {name: value for name, value in entry["event"].items() if name not in IN_LINE_ALONE}
        said = {"seq": str(entry["seq"]), "recorded_at": entry["recorded_at"], "line": line, **event}
        said = {name: ",".join(value) if isinstance(value, list) else value for name, value in said.items()}
        assert {name: text(name, value) for name, value in row.items() if value is not None} == said, line
    print(f"{len(rows)} entries, in {pyarrow.parquet.ParquetFile(path).num_row_groups} row groups")


def check_scores(path, lines):
    rows = {(row["partner"], row["area"], str(row["last"])): row for row in both(path, SCORE_TYPES)}
    for line in lines:
        score = json.loads(line)
        row = rows[score["partner"], score["area"], score["as_of"]]
        assert row["points"] == decimal.Decimal(str(score["points"])), line
        assert row["below"] == ",".join(score["below"]) and row["qualified"] == score["qualified"], line
        exact = {metric["metric"] + "_exact": metric["points_exact"] for metric in score["metrics"]}
        exact["points_exact"] = score["points_exact"]
        assert exact == {name: row[name] for name in row if name.endswith("_exact") and row[name] is not None}, line
    print(f"{len(rows)} scores, {len(lines)} of them asked one by one")


def check_questions(document, entries, scores):
    questions = re.findall(r"```sql\n(.*?)```", open(document, encoding="utf-8").read(), re.S)
    assert len(questions) == 5, len(questions)
    for question in questions:
        answer = duckdb.sql(question.replace("entries.parquet", entries).replace("scores.parquet", scores)).fetchall()
        assert answer, question
        print(*answer, sep="\n")


def main():
    entries, entry_lines, scores, score_lines, document = sys.argv[1:]
    lines = lambda path: open(path, encoding="utf-8").read().splitlines()
    check_entries(entries, lines(entry_lines))
    check_scores(scores, lines(score_lines))
    check_questions(document, entries, scores)


main()

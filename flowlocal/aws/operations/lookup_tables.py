"""Lookup tables: CreateLookupTable, GetLookupTable, DescribeLookupTables, UpdateLookupTable, DeleteLookupTable."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl

from flowlocal.aws.errors import ApiError, invalid, not_found
from flowlocal.aws.lookup_tables import LookupTable, parsed, rows_of
from flowlocal.aws.paging import page
from flowlocal.aws.request import Request
from flowlocal.aws.store import Store
from flowlocal.aws.table import Answer, operation

MOST_TABLES = 100
"""Lookup tables of an account in a region (decided); each has up to 10 MB."""
_ARN = re.compile(r"arn:[\w-]+:logs:[^:]*:[^:]*:lookup-table:(?P<name>[^:]+)")


@operation("CreateLookupTable", fills_gap=True)
def create_lookup_table(request: Request, store: Store) -> Answer:
    """Create a lookup table from CSV, or from the result of a query."""
    name = request.text("lookupTableName")
    tables = store.state.tables
    if name in tables:
        raise ApiError("ResourceAlreadyExistsException", f"Lookup table {name} already exists")
    if len(tables) >= MOST_TABLES:
        raise ApiError("LimitExceededException", f"Resource limit exceeded: {MOST_TABLES} lookup tables")
    tables[name] = _filled(LookupTable(name, pl.DataFrame()), request, store)
    return {"lookupTableArn": _arn(store, name), "createdAt": tables[name].updated}


@operation("UpdateLookupTable", fills_gap=True)
def update_lookup_table(request: Request, store: Store) -> Answer:
    """Replace the rows of a lookup table; description and key stay unless they are given."""
    table = _filled(_table(request, store), request, store)
    store.state.tables[table.name] = table
    return {"lookupTableArn": _arn(store, table.name), "lastUpdatedTime": table.updated}


def _filled(table: LookupTable, request: Request, store: Store) -> LookupTable:
    """Return a table with what a request says of it."""
    described = request.optional_text("description")
    key = request.optional_text("kmsKeyId")
    return replace(
        LookupTable(table.name, _rows(request, store)),
        description=table.description if described is None else described,
        kms_key=table.kms_key if key is None else key,
    )


def _rows(request: Request, store: Store) -> pl.DataFrame:
    """Return the rows that a request gives."""
    text = request.optional_text("tableBody")
    query_id = request.optional_text("queryId")
    if (text is None) is (query_id is None):
        raise invalid("Exactly one of tableBody, queryId must be specified")
    if text is not None:
        return parsed(text)
    result = store.state.queries.get(str(query_id)).result
    if result is None:
        raise invalid(f"Query {query_id} is not Complete")
    return rows_of(result)


@operation("GetLookupTable", fills_gap=True)
def get_lookup_table(request: Request, store: Store) -> Answer:
    """Return a lookup table as CSV."""
    table = _table(request, store)
    body = table.body
    return {**_described(table, store), "tableBody": body, "sizeBytes": len(body.encode())}


@operation("DescribeLookupTables", fills_gap=True)
def describe_lookup_tables(request: Request, store: Store) -> Answer:
    """List the lookup tables by name, with their columns and numbers of rows."""
    prefix = request.optional_text("lookupTableNamePrefix") or ""
    size = request.optional_number("maxResults") or 50
    names = sorted(name for name in store.state.tables if name.startswith(prefix))
    chosen, more = page(names, request, f"lookup-tables:{prefix}", size)
    return {"lookupTables": [_counted(store.state.tables[name], store) for name in chosen], **more}


def _counted(table: LookupTable, store: Store) -> Answer:
    rows = table.rows
    size = len(rows.write_csv().encode())
    counts = {"tableFields": rows.columns, "recordsCount": rows.height, "sizeBytes": size}
    return {**_described(table, store), **counts}


@operation("DeleteLookupTable", fills_gap=True)
def delete_lookup_table(request: Request, store: Store) -> Answer:
    """Forget a lookup table; a file stays."""
    del store.state.tables[_table(request, store).name]
    return {}


def _table(request: Request, store: Store) -> LookupTable:
    """Return the table that ``lookupTableArn`` names, by its ARN or, as local scripts may, by its name."""
    given = request.text("lookupTableArn")
    found = _ARN.fullmatch(given)
    name = found["name"] if found else given
    if name not in store.state.tables:
        raise not_found(f"Lookup table {name} does not exist")
    return store.state.tables[name]


def _described(table: LookupTable, store: Store) -> Answer:
    described: Answer = {"lookupTableArn": _arn(store, table.name), "lookupTableName": table.name}
    described |= {"description": table.description} if table.description else {}
    described |= {"kmsKeyId": table.kms_key} if table.kms_key else {}
    return {**described, "lastUpdatedTime": table.updated}


def _arn(store: Store, name: str) -> str:
    return f"arn:aws:logs:{store.region}:{store.account}:lookup-table:{name}"

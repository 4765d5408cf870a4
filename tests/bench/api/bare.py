"""The yardstick of the portal: one joined query and its JSON, without a framework. Served by gunicorn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg

SIZE = 50
NAME = "coalesce(nullif({0}.name_de, ''), nullif({0}.name_en, ''), {0}.name_local)"
CITY = "json_build_object('id', {0}.id, 'name', " + NAME + ")"
PAIR = f"{NAME.format('h')} || '–' || {NAME.format('o')}"
QUERY = f"""
    SELECT t.id, t.title AS name, t.kind, t.state, t.summary, t.starts_on, t.ends_on,
        coalesce(c.rows, '[]') AS cities, coalesce(p.rows, '[]') AS partnerships,
        coalesce(m.rows, '[]') AS themes, t.sdgs
    FROM relations_project t
    LEFT JOIN LATERAL (
        SELECT json_agg({CITY.format("c")} ORDER BY c.sort, c.id) AS rows
        FROM relations_project_cities x JOIN contacts_city c ON c.id = x.city_id WHERE x.project_id = t.id
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT json_agg(json_build_object('id', p.id, 'name', {PAIR}) ORDER BY p.id) AS rows
        FROM relations_project_partnerships x JOIN relations_partnership p ON p.id = x.partnership_id
        JOIN contacts_city h ON h.id = p.home_id JOIN contacts_city o ON o.id = p.partner_id
        WHERE x.project_id = t.id AND p.published_at IS NOT NULL AND p.withdrawn_at IS NULL
    ) p ON true
    LEFT JOIN LATERAL (
        SELECT json_agg(json_build_object('id', m.id, 'slug', m.slug, 'name', m.name_de)
            ORDER BY m.sort, m.id) AS rows
        FROM relations_project_themes x JOIN relations_theme m ON m.id = x.theme_id WHERE x.project_id = t.id
    ) m ON true
    WHERE t.published_at IS NOT NULL AND t.withdrawn_at IS NULL AND t.id > %(after)s
    ORDER BY t.id LIMIT %(size)s
"""
connection: psycopg.Connection[dict[str, Any]] | None = None


def page(database: Any, *, after: int = 0) -> bytes:
    """Of a connection or a cursor that gives rows as dictionaries."""
    found = database.execute(QUERY, {"after": after, "size": SIZE + 1}).fetchall()
    rows = found[:SIZE]
    following = rows[-1]["id"] if len(found) > SIZE else None
    return orjson.dumps({"next": following, "results": rows})


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    global connection
    if connection is None:
        connection = psycopg.connect(
            os.environ["DATABASE_URL"], autocommit=True, row_factory=psycopg.rows.dict_row
        )
    after = int(parse_qs(environ["QUERY_STRING"]).get("after", ["0"])[0])
    body = page(connection, after=after)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]

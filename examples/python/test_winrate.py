"""Run with `python3 -m unittest`. WINRATE_CHANCES names a file with chances of the TypeScript client to compare with."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import threading
import time
import unittest
from collections import Counter
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Any, Dict, List, Optional, Tuple

from choice import Candidate, Chooser, Snapshot
from winrate import Decision, Router, uuid7

TOLERANCE = 1e-6
MODELS = [Candidate("p", "small"), Candidate("p", "large")]


def snapshot_text(version: int = 1, **fields: Any) -> str:
    content = {"format": 1, "hash": "", "epoch": "7d0c1a52-9f0e-4a6b-8f3d-2b7a5c9e1f04", "version": version,
               "createdAt": "2026-11-22T18:30:00.000Z", "windowDays": 7, "policy": {"kind": "thompson"}, "tasks": ["coding"],
               "models": [{"provider": "p", "name": "small"}, {"provider": "p", "name": "large"}],
               "cells": {"task": [0, 0], "model": [0, 1], "samples": [40, 40], "successes": [30, 34], "quality": [None, None],
                         "responseTimeMs": [None, None], "costUsd": [0.001, 0.01]}, **fields}
    opened = json.dumps(content, separators=(",", ":"))
    return opened.replace('"hash":""', f'"hash":"{hashlib.sha256(opened.encode()).hexdigest()}"', 1)


class Answers(TCPServer):
    """Gives the answers that a test lists, and keeps what it was sent."""

    def __init__(self, *answers: Tuple[int, Dict[str, str], str]) -> None:
        self.answers, self.bodies = list(answers), []  # type: List[Tuple[int, Dict[str, str], str]], List[bytes]
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        status, headers, body = self.server.answers.pop(0) if self.server.answers else refused(503, "overloaded")
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


ACCEPTED = (202, {}, json.dumps({"batchId": uuid7(), "outcomes": 1}))


def refused(status: int, code: str, headers: Optional[Dict[str, str]] = None) -> Tuple[int, Dict[str, str], str]:
    return status, headers or {}, json.dumps({"code": code, "message": "why"})


class Choices(unittest.TestCase):
    @unittest.skipUnless("WINRATE_CHANCES" in os.environ, "WINRATE_CHANCES names no file with chances to compare with")
    def test_chances_are_those_of_the_router(self) -> None:
        with open(os.environ["WINRATE_CHANCES"], encoding="utf-8") as file:
            fixture = json.load(file)
        for at, given in enumerate(fixture):
            chooser = Chooser(given["snapshot"] and Snapshot(given["snapshot"]))
            models = [Candidate(one["provider"], one["name"], thinking_level=one.get("thinkingLevel"))
                      for one in given["models"]]
            for case in given["cases"]:
                for model, chance, expected in zip(models, chooser.chances(case["task"], models), case["chances"]):
                    with self.subTest(snapshot=at, task=case["task"], model=model):
                        self.assertAlmostEqual(chance, expected, delta=TOLERANCE)

    def test_a_propensity_is_how_often_the_candidate_is_drawn(self) -> None:
        random.seed(7)
        router = Router("agent")
        router.snapshot = Snapshot(snapshot_text())
        draws = [router.route("coding", MODELS) for _ in range(1_000)]
        counts = Counter(draw.candidate.name for draw in draws)
        chances = {draw.candidate.name: draw.propensity for draw in draws}
        self.assertAlmostEqual(sum(chances.values()), 1)
        self.assertGreater(min(chances.values()), 0.1)
        for name, chance in chances.items():
            self.assertAlmostEqual(counts[name] / 1_000, chance, delta=0.05)

    def test_a_model_that_is_down_is_drawn_only_where_none_is_left(self) -> None:
        snapshot = Snapshot(snapshot_text(availability=[{"provider": "p", "name": "large", "share": 0.1}]))
        self.assertEqual(Chooser(snapshot).chances("coding", MODELS), [1.0, 0.0])
        self.assertEqual(Chooser(snapshot).chances("coding", MODELS[1:]), [1.0])
        self.assertGreater(Chooser(snapshot, evidence_share=0.9).chances("coding", MODELS)[1], 0.1)

    def test_refuses_what_it_cannot_choose_by(self) -> None:
        for task, candidates in (("coding", []), ("coding/rust", MODELS), ("Coding", MODELS)):
            with self.assertRaises(ValueError):
                Router("agent").route(task, candidates)

    def test_keeps_its_snapshot_where_another_is_damaged_or_older(self) -> None:
        other = snapshot_text(9).replace('"windowDays":7', '"windowDays":8')
        texts = snapshot_text(2), other, snapshot_text(1), snapshot_text(3)
        server = Answers(*((200, {"ETag": '"e"'}, text) for text in texts))
        router = Router("agent", server.url, background=False)
        router.refresh()
        with self.assertRaises(ValueError):
            router.refresh()
        router.refresh()
        self.assertEqual(router.snapshot.version, 2)
        router.refresh()
        self.assertEqual(router.snapshot.version, 3)


    def test_refuses_a_snapshot_that_it_could_not_choose_by(self) -> None:
        known = json.loads(snapshot_text())
        cells, policy = known["cells"], known["policy"]
        hostile = [
            *({**known, name: wrong} for name in ("cells", "models", "tasks", "policy") for wrong in (None, 1, "x", [[]])),
            *({**known, "cells": {**cells, name: wrong}}
              for name in cells for wrong in ([1], [-1, 0], [9, "x"], [0, [float("nan")]]) if name != "quality"
              and name != "responseTimeMs"),
            *({**known, "policy": {**policy, **wrong}}
              for wrong in ({"kind": 1}, {"exploration": 2}, {"sharpness": 0}, {"costWeight": "x"}, {"tasks": {"chat": {}}})),
            *({**known, name: wrong} for name in ("defaults", "availability", "bases", "similarity")
              for wrong in (1, [1], {"coding": {"small": "x"}}, {"mean": [1, 2], "certainty": [1], "priorMass": [1]})),
        ]
        for content in hostile:
            with self.subTest(content=content), self.assertRaises(ValueError):
                Snapshot(snapshot_text(**{**content, "hash": ""}))
        for text in ("", "[]", "null", "[" * 100_000, snapshot_text(windowDays=float("nan"))):
            with self.assertRaises(ValueError):
                Snapshot(text)


class References(unittest.TestCase):
    def test_names_are_escaped_and_what_is_not_known_is_empty(self) -> None:
        candidate = Candidate("p", "a_b c", thinking_level="high")
        decision = Decision("01a22e26-f425-7669-b342-b87c9ecb1034", "coding", candidate, "i/1", 1.0, 41)
        text = "01a22e26-f425-7669-b342-b87c9ecb1034~w1~41~coding~a_5f_b_20_c~p~high~1~~1~i_2f_1~~"
        self.assertEqual(decision.reference(), text)
        self.assertRegex(decision.reference("secret"), re.escape(text) + "~[A-Za-z0-9_-]{22}$")

    def test_ids_are_uuids_of_version_7(self) -> None:
        made = uuid7()
        self.assertRegex(made, "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertAlmostEqual(int(made.replace("-", "")[:12], 16), time.time() * 1_000, delta=10_000)
        self.assertEqual(len({uuid7() for _ in range(1_000)}), 1_000)


class Outcomes(unittest.TestCase):
    def router(self, *answers: Tuple[int, Dict[str, str], str], buffer: int = 100) -> Router:
        self.server = Answers(*answers)
        return Router("agent", self.server.url, buffer=buffer, background=False)

    def record(self, router: Router, count: int) -> List[bool]:
        return [router.record(router.route("coding", MODELS), success=True) for _ in range(count)]

    def sent(self) -> List[int]:
        return [len(json.loads(body)["outcomes"]) for body in self.server.bodies]

    def test_what_has_no_room_is_dropped_and_told(self) -> None:
        router = self.router(ACCEPTED, ACCEPTED, buffer=2)
        self.assertEqual(self.record(router, 3), [True, True, False])
        self.assertEqual((router.flush(), self.sent()), (0, [2]))
        self.assertEqual(json.loads(self.server.bodies[0])["dropped"], {"overflow": 1})

    def test_the_same_bytes_are_sent_again_until_their_fate_is_known(self) -> None:
        busy = refused(503, "overloaded", {"Retry-After": "7"})
        router = self.router(busy, refused(400, "bad-request"), (200, {}, "<p>A proxy</p>"), ACCEPTED)
        self.record(router, 2)
        self.assertEqual(router.flush(), 2)
        self.assertGreaterEqual(router._wait_s, 7)
        self.record(router, 1)
        self.assertEqual([router.flush() for _ in range(3)], [3, 3, 1])
        self.assertEqual(len(set(self.server.bodies[:4])), 1)

    def test_a_batch_that_is_too_large_is_halved_and_what_is_refused_is_dropped(self) -> None:
        large = refused(413, "body-too-large")
        router = self.router(large, ACCEPTED, large, ACCEPTED, large, refused(400, "invalid-body"))
        self.record(router, 4)
        self.assertEqual(router.flush(), 0)
        self.assertEqual(self.sent(), [4, 2, 2, 1, 1])
        self.assertEqual(router.dropped, {"too-large": 1})
        self.record(router, 1)
        self.assertEqual((router.flush(), router.dropped["rejected"]), (0, 1))

    def test_a_fallback_has_no_propensity_and_a_reference_needs_nothing_else(self) -> None:
        router = self.router(ACCEPTED)
        decision = router.route("coding", MODELS)
        router.record(decision.fallbacks[0], success=False, failure="timeout")
        router.record(decision.reference(), success=None)
        router.flush()
        fallback, referred = json.loads(self.server.bodies[0])["outcomes"]
        self.assertEqual((fallback["decision_id"], fallback["attempt"]), (decision.decision_id, 2))
        self.assertNotIn("propensity", fallback)
        self.assertEqual(set(referred), {"success", "occurred_at", "reference"})
        self.assertIsNone(referred["success"])

    def test_a_redirect_is_not_followed_as_it_would_take_the_token_along(self) -> None:
        router = self.router((307, {"Location": "/elsewhere"}, ""), (302, {"Location": "/elsewhere"}, ""), ACCEPTED)
        router.token = "secret"
        with self.assertRaises(OSError):
            router.refresh()
        self.record(router, 1)
        self.assertEqual((router.flush(), len(self.server.bodies)), (1, 2))
        self.assertEqual(router.flush(), 0)

    def test_no_answer_of_a_stranger_ends_the_thread_that_sends(self) -> None:
        strange = [(503, {"Retry-After": "\u00b2"}, "null"), (202, {}, "[]"), (202, {}, "[" * 100_000), (500, {}, "{")]
        router = self.router(*strange, (202, {}, json.dumps({"batchId": 1, "problems": [7]})))
        self.record(router, 1)
        self.assertEqual([router.flush() for _ in range(5)], [1, 1, 1, 1, 0])
        self.assertEqual(len(set(self.server.bodies)), 1)

    def test_what_json_cannot_hold_is_refused_at_once(self) -> None:
        router = Router("agent")
        with self.assertRaises(ValueError):
            router.record(router.route("coding"), success=True, cost_usd=float("nan"))
        self.assertEqual(router.waiting, 0)


if __name__ == "__main__":
    unittest.main()

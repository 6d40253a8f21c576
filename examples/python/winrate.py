"""Winrate for Python: choose a model for a task, and record what came of it.

Needs Python 3.9 and nothing else. docs/wire.md describes the wire. Without a worker, built-in defaults decide.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from choice import MODELS, Candidate, Chooser, Snapshot

SDK = "winrate-python-example/1"
STALE_AFTER_S, STALE_HALF_LIFE_H = 180, 48
BATCH = 1_000
REFRESH_S, SEND_S, TIMEOUT_S = 60, 5, 10
RETRY_S, RETRY_MOST_S, RETRY_SLOW_S, RETRY_AFTER_MOST_S = 1, 60, 300, 3_600


def uuid7() -> str:
    """A UUID of version 7: its first 48 bits are the time in milliseconds."""
    bits = int(time.time() * 1000) << 80 | random.SystemRandom().getrandbits(80)
    bits = bits & ~(0xF << 76 | 3 << 62) | 7 << 76 | 2 << 62
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


@dataclass(frozen=True)
class Decision:
    """Which model to call. `propensity` is the exact probability with which it was drawn; a fallback has none."""

    decision_id: str
    task_type: str
    candidate: Candidate
    instance_id: str
    propensity: Optional[float]
    snapshot_version: Optional[int] = None
    attempt: int = 1
    fallbacks: Tuple["Decision", ...] = ()

    def reference(self, secret: Optional[str] = None) -> str:
        """All that an outcome needs to know of this call, as one text; signed for POST /v1/feedback by a secret."""
        of = self.candidate
        chance = "" if self.propensity is None else "1" if self.propensity == 1 else repr(self.propensity)
        names = map(_escape, (self.task_type, of.name, of.provider, of.thinking_level or ""))
        version = "" if self.snapshot_version is None else str(self.snapshot_version)
        parts = [self.decision_id, "w1", version, *names, str(self.attempt), "", chance, _escape(self.instance_id)]
        text = "~".join([*parts, "", ""])
        if secret is None:
            return text
        signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()[:16]
        return f"{text}~{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _escape(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", lambda one: f"_{ord(one[0]):x}_", name)


class Batch(NamedTuple):
    """Outcomes whose bytes no longer change."""

    outcomes: List[Dict[str, Any]]
    text: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: it would carry the token to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


class Router:
    """Chooses from memory, and sends outcomes from a thread that never keeps the process alive.

    instance_id: a stable name of this installation. Win rates are judged by instance, so never make one up for each run.
    url: address of the worker. Without it, `snapshot_file` or the defaults decide, and outcomes stay here.
    snapshot_file: a file with the text of a snapshot.
    token: the worker's bearer token, where it asks for one.
    buffer: outcomes that may wait; further ones are dropped, and counted in `dropped`.
    background: False where the caller does refresh() and flush().

    Threads may share it. Raises OSError or ValueError for a snapshot_file that cannot be read.
    """

    def __init__(self, instance_id: str, url: Optional[str] = None, snapshot_file: Optional[str] = None,
                 token: Optional[str] = None, buffer: int = 10_000, background: bool = True) -> None:
        self.instance_id, self.url, self.token = instance_id, url and url.rstrip("/"), token
        self.snapshot: Optional[Snapshot] = None
        self.dropped: "Counter[str]" = Counter()
        self.problem: Optional[str] = None
        self._etag, self._confirmed_at = "", time.time()
        self._session_id, self._capacity = uuid7(), buffer
        self._buffer: Deque[Dict[str, Any]] = deque()
        self._sealed: List[Batch] = []
        self._failures, self._wait_s = 0, 0.0
        self._refreshing, self._sending, self._adding = threading.Lock(), threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        if snapshot_file is not None:
            with open(snapshot_file, encoding="utf-8") as file:
                self.snapshot = Snapshot(file.read())
            self._confirmed_at = os.path.getmtime(snapshot_file)
        if url is not None and background:
            threading.Thread(target=self._run, name="winrate", daemon=True).start()

    def route(self, task_type: str, candidates: Sequence[Candidate] = MODELS) -> Decision:
        """Draws a candidate by its chance to be the best. Does no I/O. Raises ValueError for no candidates, or a path."""
        if not candidates or not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", task_type):
            raise ValueError("route needs candidates and a task type of one segment, such as coding")
        snapshot = self.snapshot  # Another thread may replace it meanwhile.
        late_h = max(0.0, time.time() - self._confirmed_at - STALE_AFTER_S) / 3_600
        chooser = Chooser(snapshot, 0.5 ** (late_h / STALE_HALF_LIFE_H))
        chances, expected = chooser.chances(task_type, candidates), chooser.expected(task_type, candidates)
        place = random.choices(range(len(candidates)), chances)[0]
        version = snapshot and snapshot.version
        made = Decision(uuid7(), task_type, candidates[place], self.instance_id, min(1.0, chances[place]), version)
        others = sorted(range(len(candidates)), key=lambda at: (-chances[at], -expected[at]))
        others.remove(place)
        fallbacks = (replace(made, candidate=candidates[at], propensity=None, attempt=2 + nth)
                     for nth, at in enumerate(others))
        return replace(made, fallbacks=tuple(fallbacks))

    def record(self, call: Union[Decision, str], success: Optional[bool], **facts: Any) -> bool:
        """Records what came of a call: a decision, one of its fallbacks, or a reference. Never waits; False: dropped.

        success: whether the answer was good; None where nobody judged it. Silence is no success.
        facts: fields of an outcome, such as response_time_ms, cost_usd, response_quality (0 to 1), feedback_text, or
        `failure`, a word that says why there is no answer: `timeout`, `rate_limit`, `429`, `refusal`.
        Raises ValueError or TypeError for a fact that JSON cannot hold.
        """
        outcome: Dict[str, Any] = {"success": success, "occurred_at": _now(), **facts}
        if isinstance(call, str):
            outcome["reference"] = call
        else:
            of = call.candidate
            outcome.update(decision_id=call.decision_id, task_type=call.task_type, model_name=of.name,
                           provider=of.provider, thinking_level=of.thinking_level, propensity=call.propensity,
                           snapshot_version=call.snapshot_version, attempt=call.attempt, instance_id=self.instance_id)
        outcome = {name: value for name, value in outcome.items() if value is not None or name == "success"}
        json.dumps(outcome, allow_nan=False)
        with self._adding:
            has_room = self.waiting < self._capacity and not self._closing.is_set()
            if has_room:
                self._buffer.append(outcome)
            else:
                self.dropped["overflow"] += 1
        return has_room

    @property
    def waiting(self) -> int:
        """Outcomes that are not sent yet."""
        return len(self._buffer) + sum(len(batch.outcomes) for batch in self._sealed)

    def refresh(self) -> None:
        """One GET of the snapshot. Raises OSError or ValueError; the snapshot in use stays then."""
        with self._refreshing:
            etag = {"If-None-Match": self._etag} if self._etag else {}
            status, headers, text = self._call("GET", "/v1/snapshot", etag)
            if status not in (200, 304):
                raise OSError(f"status {status}, not a snapshot: {_json(text).get('message', '')}")
            if status == 200:
                given, known = Snapshot(text), self.snapshot
                # A replica may be behind: within an epoch only a newer version counts.
                if known is None or given.epoch != known.epoch or given.version > known.version:
                    self.snapshot, self._etag = given, headers.get("ETag", "")
            self._confirmed_at = time.time()

    def flush(self) -> int:
        """Sends what waits, until nothing does or the worker cannot take it. Returns how many outcomes still wait."""
        with self._sending:
            while self.url is not None and self.waiting > 0:
                self._seal()
                if not self._send(self._sealed[0]):
                    break
        return self.waiting

    def close(self) -> int:
        """Tries once more to send, and returns how many outcomes are lost."""
        self._closing.set()
        return self.flush()

    def _seal(self) -> None:
        """A batch has the same bytes however often it is sent, so that none of its outcomes counts twice."""
        if self._sealed:
            return
        with self._adding:
            outcomes = [self._buffer.popleft() for _ in range(min(BATCH, len(self._buffer)))]
            self._sealed.append(self._batch(outcomes))

    def _batch(self, outcomes: List[Dict[str, Any]]) -> Batch:
        batch = {"format": 1, "batch_id": uuid7(), "instance_id": self.instance_id, "session_id": self._session_id,
                 "sdk": SDK, "sealed_at": _now(), "dropped": dict(self.dropped), "outcomes": outcomes}
        return Batch(outcomes, json.dumps(batch).encode())

    def _send(self, batch: Batch) -> bool:
        """Whether the fate of the batch is known. Only an answer of the worker decides it."""
        self._wait_s, slow = 0.0, False
        try:
            status, headers, text = self._call("POST", "/v1/outcomes", {"Content-Type": "application/json"}, batch.text)
        except (OSError, ValueError) as error:
            self.problem = str(error)
        else:
            body = _json(text)
            if status == 202 and "batchId" in body:
                self._settle(batch)
                self.problem = str(body["problems"]) if body.get("problems") else None
                return True
            self.problem = f"status {status}: {body.get('message', 'not an answer of a worker')}"
            if status == 413 and len(batch.outcomes) > 1:
                half = len(batch.outcomes) // 2
                self._sealed[:1] = [self._batch(batch.outcomes[:half]), self._batch(batch.outcomes[half:])]
                return True
            if status == 413 or status in (400, 422) and str(body.get("code", "")).startswith("invalid"):
                self._settle(batch, "too-large" if status == 413 else "rejected")
                return True
            after = headers.get("Retry-After", "")
            self._wait_s = min(RETRY_AFTER_MOST_S, int(after)) if re.fullmatch("[0-9]{1,9}", after) else 0.0
            slow = status == 501 or status < 500 and status not in (408, 429)
        bound = RETRY_SLOW_S if slow else min(RETRY_MOST_S, RETRY_S * 2**self._failures)
        self._wait_s += random.uniform(0.8 * bound if slow else 0, bound)
        self._failures = min(30, self._failures + 1)
        return False

    def _settle(self, batch: Batch, why_dropped: Optional[str] = None) -> None:
        with self._adding:
            self._sealed.remove(batch)
            self._failures = 0
            if why_dropped is not None:
                self.dropped[why_dropped] += len(batch.outcomes)

    def _call(self, method: str, path: str, headers: Dict[str, str], body: Optional[bytes] = None) -> Tuple[int, Any, str]:
        """Status, headers and text of any answer. Raises OSError where there is none, ValueError for no address or text."""
        named = self.instance_id if self.instance_id.isascii() else urllib.parse.quote(self.instance_id)
        headers = {**headers, "Accept": "application/json", "Date": formatdate(usegmt=True), "X-Winrate-Instance": named}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"{self.url}{path}", body, headers, method=method)
        try:
            try:
                response = _opener.open(request, timeout=TIMEOUT_S)
            except urllib.error.HTTPError as refusal:
                response = refusal
            with response:
                return response.status, response.headers, response.read().decode("utf-8")
        except http.client.HTTPException as error:
            raise OSError(f"a broken answer: {error!r}") from error

    def _run(self) -> None:
        refresh_at = send_at = 0.0
        while not self._closing.is_set():
            if time.time() >= refresh_at:
                refresh_at = time.time() + REFRESH_S * random.uniform(0.8, 1.2)
                try:
                    self.refresh()
                except (OSError, ValueError) as error:
                    self.problem = str(error)
            if time.time() >= send_at:
                send_at = time.time() + SEND_S + (self._wait_s if self.flush() > 0 else 0)
            self._closing.wait(1)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(text: str) -> Dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}

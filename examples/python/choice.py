"""How likely each model is the best one for a task, by a snapshot of the worker: the rule of docs/wire.md.

For task types of one segment, the TypeScript client's chances. Without a snapshot, built-in defaults decide.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

DOWN = 0.2  # A model that answers a smaller share of its calls is called only where no other one is left.
CELLS = 512  # The parts into which rewards from 0 to 1 are divided.
# In the middle of each cell: the logarithm of the reward, and of what it lacks to 1.
LOGS = [(math.log((cell + 0.5) / CELLS), math.log(1 - (cell + 0.5) / CELLS)) for cell in range(CELLS)]

BASES = ("mean", "certainty", "priorMass")
# The columns of a snapshot that are read and hold numbers; of a cost that is not known, null.
NUMBERS = {"task", "model", "samples", "successes", "evidence", "reward", "fadedEvidence", "fadedReward", "costUsd",
           "one", "other", "value", *BASES}

DEFAULTS: Dict[str, Dict[str, float]] = {
    "architecture": {"claude-opus": 0.88, "gpt-4o": 0.85},
    "coding": {"codex": 0.95, "claude-sonnet": 0.82},
    "refactoring": {"claude-opus": 0.88, "claude-sonnet": 0.85},
    "analysis": {"claude-opus": 0.9, "gpt-4o": 0.85},
    "research": {"claude-opus": 0.92, "gpt-4o": 0.88},
    "planning": {"claude-opus": 0.82, "claude-sonnet": 0.8},
    "chat": {"claude-sonnet": 0.82, "gpt-4o-mini": 0.75},
}
ALIKE = {frozenset(pair.split()): value for pair, value in {
    "architecture planning": 0.7, "architecture analysis": 0.6, "architecture refactoring": 0.5,
    "architecture research": 0.5, "architecture coding": 0.4, "coding refactoring": 0.8, "coding analysis": 0.5,
    "refactoring analysis": 0.5, "analysis research": 0.7, "analysis planning": 0.5, "research planning": 0.5,
    "research chat": 0.3, "planning chat": 0.3}.items()}


@dataclass(frozen=True)
class Candidate:
    """A model that may be chosen: the name that its win rates are kept under, its provider, and its id for calls."""

    provider: str
    name: str
    model: str = ""
    thinking_level: Optional[str] = None


MODELS = (
    Candidate("anthropic", "claude-opus", "claude-opus-4-8"),
    Candidate("anthropic", "claude-sonnet", "claude-sonnet-5"),
    Candidate("codex", "codex", "gpt-5-codex"),
    Candidate("openai", "gpt-4o", "gpt-4o"),
    Candidate("openai", "gpt-4o-mini", "gpt-4o-mini"),
)


class Snapshot:
    """What the fleet has learned, as a snapshot of the worker says it."""

    def __init__(self, text: str) -> None:
        """Raises ValueError where the text is no snapshot of format 1, or is damaged."""
        try:
            self._read(text)
        except (AttributeError, LookupError, RecursionError, TypeError) as error:
            raise ValueError(f"no snapshot: {error!r}") from error

    def _read(self, text: str) -> None:
        self.content: Dict[str, Any] = json.loads(text, parse_constant=_refuse)
        content, given = self.content, self.content.get("hash", "")
        opened = text.replace(f'"hash":"{given}"', '"hash":""', 1)
        if content.get("format") != 1 or hashlib.sha256(opened.encode()).hexdigest() != given:
            raise ValueError("no snapshot of format 1, or a damaged one")
        for table in ("cells", "bases", "similarity"):
            _check_columns(content.get(table, {}))
        self.policy: Dict[str, Any] = content["policy"]
        for policy in (self.policy, *self.policy.get("tasks", {}).values()):
            _check_policy(policy)
        self.defaults = {task: {name: float(rate) for name, rate in rates.items()}
                         for task, rates in content.get("defaults", {}).items()}
        self.down = {(one["provider"], one["name"]) for one in content.get("availability", []) if one["share"] < DOWN}
        self.epoch: str = content["epoch"]
        self.version: int = content["version"]
        self.tasks: List[str] = content["tasks"][: len(content["tasks"]) - len(content.get("paths", []))]
        if "bases" in content and any(len(content["bases"][name]) < len(self.tasks) for name in BASES):
            raise ValueError("bases of fewer task types")
        self.cells: Dict[Tuple[str, str], List[Dict[str, Any]]] = {}
        columns = content["cells"]
        for row, (task, model) in enumerate(zip(columns["task"], columns["model"])):
            if task >= len(self.tasks):
                continue  # Paths within a task type: this client does not read them.
            cell = {name: column[row] for name, column in columns.items()}
            cell.update(content["models"][model])
            cell.setdefault("evidence", cell["samples"])
            cell.setdefault("reward", cell["successes"] / cell["samples"] if cell["samples"] else 0)
            self.cells.setdefault((self.tasks[task], cell["name"]), []).append(cell)
        pairs = content.get("similarity", {"one": [], "other": [], "value": []})
        names = self.tasks + content.get("paths", [])
        self.alike = {frozenset((names[one], names[other])): value
                      for one, other, value in zip(pairs["one"], pairs["other"], pairs["value"])}


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _check_columns(table: Dict[str, Any]) -> None:
    """Raises ValueError where columns differ in length, or a number that is read is none or below 0."""
    if len({len(column) for column in table.values()}) > 1:
        raise ValueError("columns differ in length")
    for name in NUMBERS & table.keys():
        known = [one for one in table[name] if one is not None or name != "costUsd"]
        if any(not isinstance(one, (int, float)) or one < 0 for one in known):
            raise ValueError(f"{name} holds what is no number from 0")


def _check_policy(policy: Dict[str, Any]) -> None:
    numbers = [policy.get(name, 1.0) for name in ("exploration", "sharpness", "costWeight", "priorMass")]
    if not isinstance(policy.get("kind"), str) or not all(0 <= one <= 1e6 for one in numbers) or numbers[0] > 1:
        raise ValueError("a policy without a kind, or with a number that is none of its own")
    if numbers[1] == 0 or numbers[3] == 0:
        raise ValueError("a policy whose sharpness or priorMass is 0")


class Chooser:
    """The rule of docs/wire.md: how likely each candidate is the best one. `snapshot` may be None, for defaults alone."""

    def __init__(self, snapshot: Optional[Snapshot], evidence_share: float = 1.0) -> None:
        self.snapshot, self.share = snapshot, evidence_share
        fleets = snapshot.defaults if snapshot else {}
        self.defaults = {task: {**DEFAULTS.get(task, {}), **fleets.get(task, {})} for task in {**DEFAULTS, **fleets}}
        self.policy: Dict[str, Any] = snapshot.policy if snapshot else {"kind": "none"}
        # What the fleet saw of outages says nothing of now, once the snapshot is stale.
        self.down = snapshot.down if snapshot and evidence_share == 1 else set()

    def _cells(self, task: str, of: Candidate) -> List[Dict[str, Any]]:
        cells = self.snapshot.cells.get((task, of.name), []) if self.snapshot else []
        return [cell for cell in cells if "unknown" in (cell["provider"], of.provider)
                or cell["provider"].lower() == of.provider.lower()]

    def _base(self, task: str) -> Tuple[float, float, float]:
        """Mean, certainty and prior mass: how well models do at a task type on the whole."""
        bases = self.snapshot.content.get("bases") if self.snapshot else None
        if not bases or task not in self.snapshot.tasks:
            return 0.5, 0.0, 10.0
        at = self.snapshot.tasks.index(task)
        mean, certainty, prior_mass = (bases[name][at] for name in BASES)
        return mean, certainty, prior_mass

    def _similarity(self, one: str, other: str) -> float:
        pair = frozenset((one, other))
        learned = self.snapshot.alike if self.snapshot else {}
        return learned.get(pair, ALIKE.get(pair, 0.0))

    def _others(self, task: str, of: Candidate) -> List[str]:
        known = [at for at, name in self.snapshot.cells if name == of.name] if self.snapshot else []
        return sorted({*known, *self.defaults} - {task})

    def posterior(self, task: str, of: Candidate, prior_mass: Optional[float]) -> Tuple[float, float]:
        """Alpha and beta of the Beta distribution of the model's mean reward."""
        mean, certainty, learned_mass = self._base(task)
        default = self.defaults.get(task, {}).get(of.name)
        shares = [(certainty, mean), (1 - certainty, 0.5 if default is None else default)]
        if default is not None:
            shares.append((0.5, default))
        for other in self._others(task, of):
            mass, reward = pool(self._cells(other, of))
            assumed = None if task in self.defaults else self.defaults.get(other, {}).get(of.name)
            if mass == 0 and assumed is not None:
                mass, reward = 20.0, assumed
            there, certainty_there, _ = self._base(other)
            moved = certainty * certainty_there * (mean - there)
            shares.append((max(self._similarity(task, other), 0.15) * mass / (mass + 20), reward + moved))
        cells = self._cells(task, of)
        here = [cell for cell in cells if cell.get("thinkingLevel") == of.thinking_level]
        levels, faded = pool([cell for cell in cells if cell not in here]), pool(cells, "faded")
        related, reward = levels[0] + faded[0], levels[0] * levels[1] + faded[0] * faded[1]
        if related > 0:
            shares.append((4 * related / (related + 20), reward / related))
        prior = sum(share * value for share, value in shares) / sum(share for share, _ in shares)
        prior = min(0.98, max(0.02, prior))
        usual = learned_mass if prior_mass is None else prior_mass
        mass = usual + min(usual, pool(here, "faded")[0])
        evidence, reward = pool(here)
        evidence *= self.share
        return mass * prior + evidence * reward, mass * (1 - prior) + evidence * (1 - reward)

    def _cost(self, task: str, of: Candidate) -> Optional[float]:
        """What a call typically costs in US dollars: here, else at other task types, else unknown."""

        def sums(at: str) -> Tuple[float, Optional[float]]:
            cells = self._cells(at, of)
            here = [cell for cell in cells if cell.get("thinkingLevel") == of.thinking_level]
            used = here if sum(cell["samples"] for cell in here) >= 5 else cells
            return sum(cell["samples"] for cell in used), typical((cell["samples"], cell["costUsd"]) for cell in used)

        here = sums(task)[1]
        return typical(sums(other) for other in self._others(task, of)) if here is None else here

    def expected(self, task: str, candidates: Sequence[Candidate]) -> List[float]:
        """The reward that is expected of each candidate, 0 to 1."""
        prior_mass = self._policy(task).get("priorMass")
        posteriors = [self.posterior(task, one, prior_mass) for one in candidates]
        return [alpha / (alpha + beta) for alpha, beta in posteriors]

    def _policy(self, task: str) -> Dict[str, Any]:
        return self.policy.get("tasks", {}).get(task, self.policy)

    def chances(self, task: str, candidates: Sequence[Candidate]) -> List[float]:
        """The probability of each candidate to be chosen, in their order; they add up to 1."""
        up = [one for one in candidates if (one.provider, one.name) not in self.down]
        if up and len(up) < len(candidates):
            rest = iter(self.chances(task, up))
            return [next(rest) if one in up else 0.0 for one in candidates]
        policy = self._policy(task)
        explored = policy.get("exploration", {"thompson": 0.005, "threshold": 0.05}.get(policy["kind"], 0.0))
        if policy["kind"] == "thompson":
            chances = self._thompson(task, candidates, policy)
        else:
            means = self.expected(task, candidates)
            names = [(one.name, one.provider, one.thinking_level or "") for one in candidates]
            first = min(range(len(means)), key=lambda at: (-means[at], names[at]))
            chances = [float(at == first) for at in range(len(means))]
        return [(1 - explored) * chance + explored / len(chances) for chance in chances]

    def _thompson(self, task: str, candidates: Sequence[Candidate], policy: Dict[str, Any]) -> List[float]:
        sharpness, weight = policy.get("sharpness", 2), policy.get("costWeight", 0.1)
        posteriors = [self.posterior(task, one, policy.get("priorMass")) for one in candidates]
        costs = [self._cost(task, one) for one in candidates]
        logs = [math.log(min(10, max(1e-4, cost))) for cost in costs if cost is not None]
        usual = math.exp(sum(logs) / len(logs)) if logs else None
        return best_chances([distribution(sharpness * alpha, sharpness * beta) for alpha, beta in posteriors],
                            [weight * cheap(usual if cost is None else cost) for cost in costs])


def pool(cells: Sequence[Dict[str, Any]], kind: str = "") -> Tuple[float, float]:
    """Mass and mean reward of the evidence of some cells; of what has faded, with kind `faded`."""
    names = ("fadedEvidence", "fadedReward") if kind == "faded" else ("evidence", "reward")
    masses = [min(1e9, cell.get(names[0], 0)) for cell in cells]
    mass = sum(masses)
    return mass, sum(one * cell.get(names[1], 0) for one, cell in zip(masses, cells)) / mass if mass else 0.0


def typical(costs: Iterable[Tuple[float, Optional[float]]]) -> Optional[float]:
    """The power mean with exponent 1/4 over all calls but the greatest, from five calls on (decision 40)."""
    known = [(samples, cost) for samples, cost in costs if cost is not None]
    count = sum(samples for samples, _ in known)
    if count < 5:
        return None
    total = sum(samples * cost for samples, cost in known)
    roots = sum(samples * cost**0.25 for samples, cost in known)
    greatest = max(0.0, total - (count - 1) * (roots / count) ** 4)
    return min(total / count, (max(0.0, roots - greatest**0.25) / (count - 1)) ** 4)


def cheap(cost_usd: Optional[float]) -> float:
    """1 at $0.0001 a call and below, 0 at $10 and above; one half where nothing is known."""
    if cost_usd is None:
        return 0.5
    return 1 - math.log(min(10, max(1e-4, cost_usd)) / 1e-4) / math.log(1e5)


def rounded(parameter: float) -> float:
    """To 1,024 steps between powers of two, as the TypeScript client rounds."""
    step = 2.0 ** (math.frexp(parameter)[1] - 1) / 1024
    return math.floor(parameter / step + 0.5) * step


def distribution(alpha: float, beta: float) -> Tuple[float, ...]:
    """Of a Beta distribution: the probability of lying in the cells, of 512 from 0 to 1, up to each one."""
    return _distribution(rounded(alpha), rounded(beta))


@functools.lru_cache(maxsize=1_000)
def _distribution(alpha: float, beta: float) -> Tuple[float, ...]:
    logs = [(alpha - 1) * reward + (beta - 1) * lack for reward, lack in LOGS]
    # In an outermost cell where the density has no bound, its integral.
    if alpha < 1:
        logs[0] += (alpha - 1) * (-math.log(CELLS) - LOGS[0][0]) - math.log(alpha)
    if beta < 1:
        logs[-1] += (beta - 1) * (-math.log(CELLS) - LOGS[-1][1]) - math.log(beta)
    highest = max(logs)
    up_to = list(itertools.accumulate(math.exp(log - highest) for log in logs))
    return tuple(one / up_to[-1] for one in up_to)


def best_chances(rewards: Sequence[Tuple[float, ...]], offsets: Sequence[float]) -> List[float]:
    """The probability of each to have the greatest sum of reward and offset: the sum over cells of P(i in the cell) times
    P(all others below the middle of the cell). Less than 1e-9 counts as none."""
    shifts = [math.floor(offset * CELLS + 0.5) for offset in offsets]
    sums = [0.0] * len(rewards)
    for place in range(max(shifts) + CELLS - 1, max(shifts) - 1, -1):
        halves, belows = [], []
        for up_to, shift in zip(rewards, shifts):
            cell = min(place - shift, CELLS)
            below = up_to[cell - 1] if cell > 0 else 0.0
            halves.append((up_to[cell] - below) / 2 if cell < CELLS else 0.0)
            belows.append(below + halves[-1])
        product = math.prod(belows)
        if product == 0:
            break
        sums = [one + half / below * product for one, half, below in zip(sums, halves, belows)]
    total = sum(sums)
    if total < 1e-290:  # So many are tied that their product underflows.
        return [1 / len(sums)] * len(sums)
    kept = [one / total if one / total >= 1e-9 else 0.0 for one in sums]
    return [one / sum(kept) for one in kept]

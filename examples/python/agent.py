"""Chooses a model, calls it, records what came of it.

`npm start` runs the worker that it asks; without one, defaults decide.
"""

import os
import time

from winrate import Router

router = Router("first-python-agent", url=os.environ.get("WINRATE_URL", "http://127.0.0.1:8787"))
try:
    router.refresh()
    print(f"snapshot {router.snapshot.version} decides")
except (OSError, ValueError) as error:
    print(f"no snapshot yet ({error}): defaults decide")

decision = router.route("coding")
print(f"call {decision.candidate.model} of {decision.candidate.provider}, drawn with probability {decision.propensity:.3f}")

# Call the model here, with your own SDK: the router never calls one.
started = time.monotonic()
answer = f"def parse_duration(): ...  # by {decision.candidate.model}"
router.record(decision, success="def " in answer, response_time_ms=1_000 * (time.monotonic() - started))

print("the outcome is sent" if router.close() == 0 else f"no worker took the outcome: it is lost ({router.problem})")

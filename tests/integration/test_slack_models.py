#!/usr/bin/env python3
"""Every golden Slack payload passes the models of PyPI's slack_sdk, as a second opinion beside slack_validate.py and ours; skipped where the module is not there.

To run it: python3 -m venv V && V/bin/pip install slack_sdk && V/bin/python tests/integration/test_slack_models.py
"""
import glob
import json
import os
import sys

try:
    from slack_sdk.models.blocks import Block
    from slack_sdk.version import __version__
except ImportError:
    print("skipped: no Python module slack_sdk")
    sys.exit(77)


def faults(body):
    found = []
    for at, block in enumerate(body.get("blocks", [])):
        model = Block.parse(block)
        if model is None:
            found.append(f"block {at}: slack_sdk knows no \"{block.get('type')}\"")
            continue
        try:
            model.validate_json()
            made = model.to_dict()
        except Exception as error:  # SlackObjectFormationError, and what a model stumbles over
            found.append(f"block {at} ({block['type']}): {error}")
            continue
        lost = set(block) - set(made)
        if lost:
            found.append(f"block {at} ({block['type']}): slack_sdk does not know {sorted(lost)}")
    return found


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "notify")
    files, failed, blocks = sorted(glob.glob(os.path.join(root, "*slack*.json"))), 0, 0
    if not faults({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}):
        failed = 1
        print("FAIL a text that is too long is not refused: this proves nothing")
    for path in files:
        with open(path, encoding="utf-8") as file:
            body = json.load(file)
        blocks += len(body.get("blocks", []))
        for fault in faults(body):
            failed += 1
            print(f"FAIL {os.path.basename(path)}: {fault}")
    print(f"{len(files)} payloads, {blocks} blocks, slack_sdk {__version__}: {failed} faults")
    sys.exit(bool(failed) or not files)


main()

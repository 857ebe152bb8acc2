# SPDX-License-Identifier: MIT
"""Reads {"schema": ..., "cases": [{"name", "definition", "instance"}, ...]} from the file named on the
command line and prints a line for every case that the schema (or one of its definitions) rejects."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    task = json.load(file)
jsonschema.Draft7Validator.check_schema(task["schema"])
for case in task["cases"]:
    schema = task["schema"]
    if case["definition"]:
        schema = {"definitions": schema["definitions"], "$ref": "#/definitions/" + case["definition"]}
    error = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(schema).iter_errors(case["instance"]))
    if error is not None:
        print(case["name"] + ": " + error.json_path + ": " + error.message.replace("\n", " ")[:300])

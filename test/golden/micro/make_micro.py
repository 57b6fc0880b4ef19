"""What TFLite Micro's reference kernels compute where they part from TFLite's, and no package of npm can be asked.

In:  the networks beside this script, built from the random cases of test/oracle (statefulCases.ts, reductionCases.ts and cases.ts), and the
     values of their inputs: the list 'inputs' of NAME.json, in the file's order.
Out: the values of their outputs: the list 'outputs' of NAME.json, in the file's order.
With: tflite_micro 0.dev20261023182759 and numpy 2.4.6, from PyPI. Run: python make_micro.py
"""

import json
from pathlib import Path

import numpy as np
from tflite_micro import runtime

for path in sorted(Path(__file__).parent.glob('*.tflite')):
    values = path.with_suffix('.json')
    inputs = json.loads(values.read_text())['inputs']
    interpreter = runtime.Interpreter.from_file(str(path), arena_size=4_000_000)
    for i, value in enumerate(inputs):
        details = interpreter.get_input_details(i)
        interpreter.set_input(np.array(value, details['dtype']).reshape(details['shape']), i)
    interpreter.invoke()
    outputs = [interpreter.get_output(i).ravel().tolist() for i in range(len(inputs))]  # as many of them
    values.write_text(json.dumps({'inputs': inputs, 'outputs': outputs}, separators=(',', ':')) + '\n')
    print(path.stem, sum(map(len, outputs)), 'values')

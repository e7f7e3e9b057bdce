"""Watches long computations, and stops them."""

import gc
import os
import pathlib
import signal
import threading
import time
import unittest
import unittest.mock

import numpy as np

import prom
import prom._library

MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "models"
NETWORK = MODELS / "digits-cnn.onnx"
CALIBRATION = np.load(MODELS / "digits-calibration.npy")
IMAGES = np.load(MODELS / "digits-heldout-images.npy")
MODEL = prom.compile(NETWORK, CALIBRATION)
OUTPUTS, PROOF = MODEL.prove(IMAGES)

CALLS = {
    "compile": lambda progress: prom.compile(NETWORK, CALIBRATION, progress=progress),
    "infer": lambda progress: MODEL.infer(IMAGES, progress=progress),
    "prove": lambda progress: MODEL.prove(IMAGES, progress=progress),
    "verify": lambda progress: MODEL.verify(IMAGES, OUTPUTS, PROOF, progress=progress),
}


class Progress(unittest.TestCase):
    def test_it_is_told_to_the_end(self):
        for name, call in CALLS.items():
            with self.subTest(name):
                told = []
                call(lambda done, total, told=told: told.append((done, total)))
                self.assertEqual(told[-1], (100, 100))
                self.assertEqual(told, sorted(told))
                self.assertGreater(len(told), 1)

    def test_false_stops(self):
        for name, call in CALLS.items():
            with self.subTest(name):
                told = []

                def stop(done, _total, told=told):
                    told.append(done)
                    return False

                with self.assertRaisesRegex(prom.Stopped, "stopped"):
                    call(stop)
                self.assertEqual(len(told), 1)

    def test_an_exception_stops_and_arrives(self):
        for name, call in CALLS.items():
            with self.subTest(name), self.assertRaisesRegex(KeyError, "mine"):
                call(lambda _done, _total: {}["mine"])

    def test_in_other_threads_too(self):
        failures = []

        def run():
            try:
                MODEL.prove(IMAGES, progress=lambda _done, _total: False)
            except prom.Stopped as failure:
                failures.append(failure)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(len(failures), 1)


class Interrupts(unittest.TestCase):
    def setUp(self):
        """A shell lets what it runs in the background ignore the signal, and Python leaves it so."""
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))

    def test_control_c_stops_a_proof(self):
        batch = np.tile(IMAGES, (12, 1, 1, 1))
        told = []

        def interrupt(done, _total):
            told.append(done)
            if len(told) == 1:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.5)  # the main thread sees it meanwhile

        with self.assertRaises(KeyboardInterrupt):
            MODEL.prove(batch, progress=interrupt)
        self.assertLess(told[-1], 100)
        self.assertNotIn("prom", [thread.name for thread in threading.enumerate()])
        np.testing.assert_array_equal(MODEL.infer(IMAGES), OUTPUTS)

    def test_what_was_made_before_control_c_is_freed(self):
        """The interrupt comes with the last hundredth: the library succeeds, and nobody is given what it made."""

        def interrupt(done, total):
            if done == total:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.2)  # the main thread sees it meanwhile

        library = prom._library.library
        for name, function in (("prove", "prom_buffer_free"), ("compile", "prom_model_free")):
            free, made = getattr(library, function), []

            def count(what, free=free, made=made):
                made.append(bool(getattr(what, "length", None) or getattr(what, "value", None)))
                free(what)

            with self.subTest(name), unittest.mock.patch.object(library, function, count):
                with self.assertRaises(KeyboardInterrupt):
                    CALLS[name](interrupt)
                gc.collect()
                self.assertEqual(made, [True])


if __name__ == "__main__":
    unittest.main()

"""What the tests of the files that commands write share."""

import os
import stat

from model_case import ModelTest
from model_files import model


class OutputsTest(ModelTest):
    def setUp(self):
        super().setUp()
        self.compile()
        self.model = self.copy("digits-cnn.onnx")
        self.images = self.copy("digits-heldout-images.npy")
        self.labels = self.copy("digits-heldout-labels.npy")
        self.calibration = self.copy("digits-calibration.npy")

    def copy(self, name):
        return self.file(name, self.bytes_of(model(name)))

    def snapshot(self):
        """What the home holds: names, what each is, and the content of files."""
        found = {}
        for folder, names, files in os.walk(self.home):
            for name in names + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = self.bytes_of(path) if stat.S_ISREG(status.st_mode) else b""
                found[path] = (status.st_mode, status.st_nlink, content)
        return found

    def refused(self, *arguments, says, code=2):
        """The command fails with these words and has changed nothing."""
        before = self.snapshot()
        self.fails(*arguments, code=code, says=says)
        after = self.snapshot()
        self.assertEqual(sorted(after), sorted(before))
        self.assertEqual({path for path, what in after.items() if what != before[path]}, set())

    def commands(self, output):
        """Each way to name a file that is written, with all that is read beside it: (arguments, names of the inputs)."""
        read = (self.model, self.calibration, self.images, self.labels)
        demo = ("demo", "--dir", self.path("d"), "--model", read[0], "--calibrate", read[1], "--input", read[2],
                "--labels", read[3])  # fmt: skip
        prove = ("prove", self.program, self.images)
        return (
            (("infer", self.program, self.images, "--labels", self.labels, "-o", output),
             (self.program, self.images, self.labels)),
            ((*prove, "-o", output), (self.program, self.images)),
            ((*prove, "-o", self.path("p"), f"--output={output}"), (self.program, self.images)),
            (("compile", self.model, "--calibrate", self.calibration, "--test", self.images, "--labels", self.labels,
              "-o", output), read),
            ((*demo, "--output", output), read),
        )  # fmt: skip

"""Random functions, statement by statement: what random_modules.py makes modules of."""

from instructions import NUMERIC, STORES, TYPES
from random_code import HEAP, NATURAL, RESULT, SCRATCH, Code, vector_of


class Body(Code):
    """The code of one function. What `statement` writes leaves nothing on the stack."""

    # -- Statements --

    def statements(self, count, deep):
        for _ in range(count):
            self.statement(deep)

    def statement(self, deep=4):
        self.budget -= 1
        if deep <= 0 or self.budget <= 0:
            return
        ways = (
            (self.set_local, 5),
            (self.set_global, 2),
            (self.store, 4),
            (self.dropped, 1),
            (self.plain_block, 1),
            (self.plain_if, 2),
            (self.counted_loop, 2),
            (self.branch_if, 2),
            (self.branch_away, 1),
            (self.memory_operation, 1),
            (self.table_operation, 1),
            (self.stop, 1),
        )
        self.rng.choices([way for way, _ in ways], [weight for _, weight in ways])[0](deep - 1)

    def set_local(self, deep):
        letter = self.rng.choice(self.shape.letters)
        self.expression(letter, deep)
        places = [at for at, have in enumerate(self.locals) if have == letter and at not in self.kept]
        if places and self.rng.random() < 0.7:
            self.op("local.set", self.rng.choice(places))
        else:
            self.op("local.set", self.new_local(letter))

    def set_global(self, deep):
        places = [(at, letter) for at, (letter, mutable) in enumerate(self.shape.globals) if mutable]
        if places:
            at, letter = self.rng.choice(places)
            self.expression(letter, deep)
            self.op("global.set", at)

    def store(self, deep):
        letter = self.rng.choice(self.shape.letters)
        row = STORES[self.rng.choice(sorted(name for name, row in STORES.items() if row.operand == letter))]
        self.address(deep, row.width)
        self.expression(letter, deep)
        self.code += row.code + self.immediate(row.width)

    def dropped(self, deep):
        self.expression(self.rng.choice(self.shape.letters), deep)
        self.op("drop")
        self.op("nop")

    def plain_block(self, deep):
        self.op("block", self.block_type(""))
        self.labels.append(("", True))
        self.statements(self.rng.randint(0, 3), deep)
        self.labels.pop()
        self.op("end")

    def plain_if(self, deep):
        self.expression("i", deep)
        self.op("if", self.block_type(""))
        self.labels.append(("", True))
        self.statements(self.rng.randint(0, 2), deep)
        if self.rng.random() < 0.4:
            self.op("else")
            self.statements(self.rng.randint(0, 2), deep)
        self.labels.pop()
        self.op("end")

    def counted_loop(self, deep):
        """A loop that counts down at its end, or at its beginning, so that whatever branches to it counts; a wild one
        goes on for ever."""
        rng = self.rng
        counter = self.new_local("i", kept=True)
        self.const("i", rng.randint(1, 6))
        self.op("local.set", counter)
        counts_first = rng.random() < 0.5
        self.op("block", b"\x40")
        self.labels.append(("", True))
        self.op("loop", self.block_type(""))
        self.labels.append(("", counts_first))
        if counts_first:
            self.op("local.get", counter)
            self.code += NUMERIC["i32.eqz"].code
            self.op("br_if", 1)
            self.count_down(counter, "local.set")
        self.statements(rng.randint(1, 3), deep)
        if counts_first or self.wild("loop"):
            self.op("br", 0)
        else:
            self.count_down(counter, "local.tee")
            self.op("br_if", 0)
        self.labels.pop()
        self.op("end")
        self.labels.pop()
        self.op("end")

    def count_down(self, counter, operation):
        self.op("local.get", counter)
        self.const("i", 1)
        self.code += NUMERIC["i32.sub"].code
        self.op(operation, counter)

    def targets(self):
        """(depth, result) of the labels that may be branched to; the function's own is one."""
        found = [(number, it[0]) for number, it in enumerate(reversed(self.labels)) if it[1]]
        return found + [(len(self.labels), self.function.result)]

    def branch_if(self, deep):
        depth, result = self.rng.choice(self.targets())
        if result:
            self.expression(result, deep)
        self.expression("i", deep)
        self.op("br_if", depth)
        if result:
            self.op("drop")

    def branch_away(self, deep):
        """A branch, or return, behind a condition or not; behind it nothing is reached."""
        rng = self.rng
        conditional = rng.random() < 0.7
        if conditional:
            self.expression("i", deep)
            self.op("if", b"\x40")
            self.labels.append(("", True))
        depth, result = rng.choice(self.targets())
        kind = rng.choice(("br", "br_table", "return"))
        if kind == "return":
            result = self.function.result
        if result:
            self.expression(result, deep)
        if kind == "br_table":
            same = [other for other, have in self.targets() if have == result]
            self.expression("i", deep)
            chosen = [self.number(rng.choice(same)) for _ in range(rng.choice((0, 1, 3, 7)))]
            self.op("br_table", vector_of(chosen), depth)
        elif kind == "br":
            self.op("br", depth)
        else:
            self.op("return")
        self.dead(deep)
        if conditional:
            self.labels.pop()
            self.op("end")

    def dead(self, deep):
        """What is not reached: operands may come from nowhere."""
        rng = self.rng
        if rng.random() < 0.5:
            self.code += NUMERIC[rng.choice(("i32.add", "i64.mul", "f32.sqrt", "f64.lt", "i32.div_u"))].code
            self.op("drop")
        self.statements(rng.randrange(2), deep - 1)
        if rng.random() < 0.2:
            self.op("unreachable")

    def memory_operation(self, deep):
        self.address(deep)
        if self.rng.random() < 0.5:
            self.address(deep)
            kind = ("memory.copy", b"\0\0")
        else:
            self.expression("i", deep)
            kind = ("memory.fill", b"\0")
        self.expression("i", deep)
        if not self.wild("size"):
            self.const("i", 255)
            self.code += NUMERIC["i32.and"].code
        self.op(*kind)

    def table_operation(self, deep):
        if not self.shape.references:
            self.store(deep)
            return
        table = self.rng.randrange(len(self.shape.slots))
        self.const("i", self.rng.randrange(len(self.shape.slots[table]) + self.wild("table")))
        if table == 0 and not self.wild("table"):
            self.op("table.get", table)  # and not set: calls through the first table want it as it is
            self.op("drop")
        else:
            self.expression("r", deep)
            self.op("table.set", table)

    def stop(self, deep):
        if self.wild("stop"):
            if self.rng.random() < 0.5:
                self.expression("i", deep)
                self.op("if", b"\x40")
                self.op("unreachable")
                self.op("end")
            else:
                self.op("unreachable")
        else:
            self.op("nop")

    # -- Whole functions --

    def write(self):
        getattr(self, f"write_{self.function.role}")()
        self.op("end")
        groups = []
        for letter in self.locals[len(self.function.params) :]:
            if groups and groups[-1][1] == letter and self.rng.random() < 0.9:
                groups[-1][0] += 1
            else:
                groups.append([1, letter])
        if self.rng.random() < 0.1:
            groups.insert(0, [0, "I"])
        head = vector_of(self.number(count) + bytes([TYPES[letter]]) for count, letter in groups)
        return head + bytes(self.code)

    def write_random(self):
        if self.function.counted:
            self.op("local.get", 0)
            self.code += NUMERIC["i32.eqz"].code
            self.op("if", b"\x40")
            if self.function.result:
                self.simple(self.function.result)
            self.op("return")
            self.op("end")
        self.statements(self.rng.randint(1, 5), 4)
        if self.function.result:
            self.expression(self.function.result, 5)

    write_leaf = write_random

    def write_deep(self):
        """Calls itself as often as its operand says; it may have many locals, which cost depth."""
        for _ in range(self.rng.choice((0, 0, 1, 10, 600, 6000))):
            self.new_local("I")
        self.op("local.get", 0)
        self.code += NUMERIC["i32.eqz"].code
        self.op("if", bytes([TYPES["i"]]))
        self.const("i", 7)
        self.op("else")
        self.op("local.get", 0)
        self.const("i", 1)
        self.code += NUMERIC["i32.sub"].code
        self.op("call", self.function.index)
        self.op("local.get", 0)
        self.code += NUMERIC["i32.xor"].code
        self.op("end")

    def write_alloc(self):
        kind = self.rng.choice(("fixed", "bump", "bump", "fixed"))
        if self.wild("place"):
            kind = "wild"
        if kind == "fixed":
            self.const("i", HEAP)
        elif kind == "wild":
            self.write_random()
        else:
            self.op("global.get", self.shape.bump)
            self.op("global.get", self.shape.bump)
            self.op("local.get", 0)
            self.code += NUMERIC["i32.add"].code
            self.op("global.set", self.shape.bump)

    def write_map(self):
        """Takes the operands into scratch memory, calls some functions, stores what they give, and then globals."""
        rng = self.rng
        for operand in range(0, len(self.function.params), 2):
            self.const("i", rng.randrange(SCRATCH // 2))
            self.op("local.get", operand)
            self.op("local.get", operand + 1)
            self.const("i", 255)
            self.code += NUMERIC["i32.and"].code
            self.op("memory.copy", b"\0\0")
        if self.function.role == "reduce":
            self.statements(rng.randrange(3), 3)
        at = RESULT
        letters = [it.result for it in self.callable(None) if it.result]
        for letter in rng.choices(letters, k=rng.randint(2, 6)):
            self.const("i", at)
            self.call(letter, 3)
            self.code += STORES[f"{NATURAL[letter]}.store"].code + b"\0" + self.number(0)
            at += 16
        for number, (letter, _) in enumerate(self.shape.globals):
            self.const("i", at)
            self.op("global.get", number)
            self.code += STORES[f"{NATURAL[letter]}.store"].code + b"\0" + self.number(0)
            at += 16
        if self.wild("place"):
            self.expression("I", 4)
        else:
            begin = rng.choice((0, RESULT, RESULT, RESULT - 100))
            self.const("I", begin << 32 | at - begin + (1000 if self.wild("place") else 0))

    write_reduce = write_map

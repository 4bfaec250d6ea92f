"""docs/ops.md is what the table and the samples say, and no operation has a hole that is not declared."""

import ops_page
from chainrule.engine.op import TABLE


def test_the_page_is_up_to_date():
    found, made = ops_page.PAGE.read_text(encoding="utf-8").splitlines(), ops_page.page().splitlines()
    changed = [line for line in made if line not in found] + [line for line in found if line not in made]
    assert not changed, "docs/ops.md is not what `make ops-page` makes:\n" + "\n".join(changed)
    assert found == made


def test_no_operation_has_an_undeclared_hole():
    lines = {name: ops_page.line(op) for name, op in TABLE.items()}
    holes = [name for name, line in lines.items() if "| hole |" in line]
    assert not holes, f"give these a sample that is differentiated twice, or declare them in ops_page.py: {holes}"


def test_declared_holes_are_holes():
    for name in ops_page.HOLES:
        rows = ops_page.samples_of(TABLE[name])
        assert not any(row.orders and ops_page.variable_count(row) for row in rows), f"{name} has samples by now"

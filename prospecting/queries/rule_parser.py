"""Reading a rule: DjangoQL's grammar with `and` before `or`, every part knowing its place, errors in plain words."""

import threading
from decimal import Decimal
from typing import Any

from djangoql.ast import Const, Expression, List, Logical, Name, Node
from djangoql.exceptions import DjangoQLError, DjangoQLLexerError
from djangoql.parser import DjangoQLParser, unescape
from ply.yacc import NullLogger

from crm.errors import Refused

_OPERATORS = {"EQUALS", "NOT_EQUALS", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "CONTAINS", "IN"}
_VALUES = {"STRING_VALUE", "INT_VALUE", "FLOAT_VALUE", "TRUE", "FALSE", "NONE"}


class Unreadable(Exception):
    """A rule that cannot be used: what is wrong in plain words, and at which character (from 0)."""

    def __init__(self, words: str, at: int | None) -> None:
        super().__init__(words)
        self.words, self.at = words, at


class Reader(DjangoQLParser):
    """Nodes carry `start` and `end`, so that a term can be shown and pointed at as it was written."""

    precedence = (("left", "OR"), ("left", "AND"))

    def p_expression_parens(self, p: Any) -> None:
        """
        expression : PAREN_L expression PAREN_R
        """
        p[0] = p[2]

    def p_expression_logical(self, p: Any) -> None:
        """
        expression : expression AND expression
                   | expression OR expression
        """
        p[0] = Expression(left=p[1], operator=Logical(operator=p[2]), right=p[3])

    p_logical = None  # the library's own rule, which reads from the right and knows no precedence

    def p_expression_comparison(self, p: Any) -> None:
        """
        expression : name comparison_number number
                   | name comparison_string string
                   | name comparison_equality boolean_value
                   | name comparison_equality none
                   | name comparison_in_list const_list_value
        """
        p[0] = Expression(left=p[1], operator=p[2], right=p[3])

    def p_name(self, p: Any) -> None:
        """
        name : NAME
        """
        p[0] = placed(Name(parts=p[1].split(".")), p.lexpos(1), len(p[1]))

    def p_number_int(self, p: Any) -> None:
        """
        number : INT_VALUE
        """
        p[0] = placed(Const(value=int(p[1])), p.lexpos(1), len(p[1]))

    def p_number_float(self, p: Any) -> None:
        """
        number : FLOAT_VALUE
        """
        p[0] = placed(Const(value=Decimal(p[1])), p.lexpos(1), len(p[1]))

    def p_string(self, p: Any) -> None:
        """
        string : STRING_VALUE
        """
        p[0] = placed(Const(value=unescape(p[1])), p.lexpos(1), len(p[1]) + 2)

    def p_none(self, p: Any) -> None:
        """
        none : NONE
        """
        p[0] = placed(Const(value=None), p.lexpos(1), 4)

    def p_true(self, p: Any) -> None:
        """
        true : TRUE
        """
        p[0] = placed(Const(value=True), p.lexpos(1), 4)

    def p_false(self, p: Any) -> None:
        """
        false : FALSE
        """
        p[0] = placed(Const(value=False), p.lexpos(1), 5)

    def p_const_list_value(self, p: Any) -> None:
        """
        const_list_value : PAREN_L const_value_list PAREN_R
        """
        start = p.lexpos(1)
        p[0] = placed(List(items=p[2]), start, p.lexpos(3) + 1 - start)

    def p_error(self, token: Any) -> None:
        wanted = set(self.yacc.action[self.yacc.statestack[-1]])
        if not any(symbol.type == "comparison_in_list" for symbol in self.yacc.symstack):
            wanted.discard("COMMA")  # the table allows it after any value; only a list has one
        if not any(symbol.type == "PAREN_L" for symbol in self.yacc.symstack):
            wanted.discard("PAREN_R")
        if token is None:
            raise Unreadable(f"it ends too early, {expected(wanted)}", -1)
        raise Unreadable(f"“{shortened(str(token.value))}” cannot stand here, {expected(wanted)}", token.lexpos)


def placed(node: Node, start: int, length: int) -> Node:
    node.start, node.end = start, start + length
    return node


def shortened(text: str) -> str:
    return text if len(text) <= 20 else text[:17] + "…"


def expected(wanted: set[str]) -> str:
    """What could stand where the reader stopped."""
    if "NAME" in wanted:
        return "a field is expected here"
    if wanted & _VALUES:
        if not wanted & {"STRING_VALUE"}:
            return "“True”, “False” or “None” is expected here"
        return "a value is expected here, such as 3 or “Cold storage” in double quotes"
    if wanted & _OPERATORS:
        return "a comparison is expected here, such as “=” or “>”"
    if "COMMA" in wanted:
        return "a comma or a closing bracket is expected here"
    if "PAREN_L" in wanted:
        return "an opening bracket is expected here, as in (“DE”, “NL”)"
    if "PAREN_R" in wanted:
        return "“and”, “or” or a closing bracket is expected here"
    return "“and” or “or” is expected here"


# ply keeps its state on the reader and its lexer: one at a time, in a process of many threads.
_reader = Reader(errorlog=NullLogger())
_alone = threading.Lock()


def read(rule: str) -> Any:
    """The rule as a tree of comparisons; raises Unreadable with its place."""
    try:
        with _alone:
            return _reader.parse(rule)
    except Unreadable as error:
        raise Unreadable(str(error), end_of(rule) if error.at == -1 else error.at) from error
    except DjangoQLLexerError as error:
        raise Unreadable(unknown_character(str(error.value)), len(rule) - len(str(error.value))) from error
    except (DjangoQLError, RecursionError, OverflowError, ValueError) as error:
        raise Unreadable("it cannot be read", None) from error


def end_of(rule: str) -> int:
    return len(rule.rstrip())


def unknown_character(rest: str) -> str:
    if rest[:1] in "\"'":
        return "a text begins here and its closing quotation mark is missing"
    if rest[:1] in "“”„‘’":
        return 'texts stand in straight quotation marks, as in "Cold storage"'
    if rest[:1] == "!":
        return "“!” cannot stand alone; write != or !~"
    return f"“{rest[:1]}” means nothing in a rule"


def leaves(tree: Any) -> list[Any]:
    """The comparisons of a tree, from left to right."""
    found, pending = [], [tree]
    while pending:
        node = pending.pop()
        if isinstance(node.operator, Logical):
            pending += [node.right, node.left]
        else:
            found.append(node)
    return found


def narrowed(rule: str, term: str) -> str:
    """The rule with one more term at its end, which all of it must meet; what cannot be read is bracketed to be safe."""
    try:
        loose = read(rule).operator.operator == "or"
    except Unreadable:
        loose = bool(rule.strip())
    whole = f"({rule.strip()})" if loose else rule.strip()
    return f"{whole}\nand {term}" if whole else term


def holds(rule: str, term: str) -> bool:
    """Whether the rule asks for this term of everybody already, however it is spaced or bracketed."""
    try:
        return meaning(read(term)) in {meaning(one) for one in demanded(read(rule))}
    except Unreadable:
        return False


def demanded(tree: Any) -> list[Any]:
    """What every account has to meet: the terms that `and` joins, outside of any `or`."""
    found, pending = [], [tree]
    while pending:
        node = pending.pop()
        if node.operator.operator == "and":
            pending += [node.right, node.left]
        else:
            found.append(node)
    return found


def meaning(node: Any) -> tuple[Any, ...]:
    """A term or terms as they can be compared."""
    if isinstance(node.operator, Logical):
        return node.operator.operator, meaning(node.left), meaning(node.right)
    value = tuple(item.value for item in node.right.items) if isinstance(node.right, List) else node.right.value
    return node.left.value, node.operator.operator, value


def line_and_column(rule: str, at: int | None) -> tuple[int | None, int | None]:
    """Both from 1, as people count."""
    if at is None:
        return None, None
    before = rule[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def refused(rule: str, error: Unreadable) -> Refused:
    """The sentence with its place; `line`, `column` and `at` for whoever marks it in the text."""
    line, column = line_and_column(rule, error.at)
    where = f" Line {line}, character {column}." if line else ""
    said = error.words if error.words.endswith("?") else f"{error.words.rstrip('.')}."
    words = f"This rule cannot be used: {said}{where}"
    return Refused(words, line=line, column=column, at=error.at, rule=rule)

"""The two fields that frame a body: a length is digits, and chunked comes last."""

from __future__ import annotations

from groundup.errors import ProtocolError
from groundup.framing import check_codings, content_length
from workshop import kit


@kit.task("2.7")
def test_a_length_is_digits() -> None:
    for _, (value, want) in kit.cases(
        (f"content_length({value!r})", (value, want))
        for value, want in (
            ("0", 0),
            ("5", 5),
            ("0005", 5),
            ("1048576", 1 << 20),
            ("9" * 15, int("9" * 15)),
        )
    ):
        kit.expect(content_length(value), want, "the number", section="RFC 9110 §8.6")


@kit.task("2.7")
def test_what_int_takes_and_http_does_not() -> None:
    for _, (value, why) in kit.cases(
        (f"content_length({value!r})", (value, why))
        for value, why in (
            ("+3", "int() takes a sign"),
            ("-3", "int() takes a sign"),
            ("1_0", "int() takes underscores"),
            (" 3", "int() strips"),
            ("3 ", "int() strips"),
            ("3\n", "int() strips, and $ in a pattern matches before a last newline"),
            ("\u0663", "int() takes the digits of every script"),
            ("\xb3", "str.isdigit() is true for a superscript three"),
            ("0x3", "a length is decimal"),
            ("3.0", "a length is a whole number"),
            ("3e1", "a length is digits only"),
            ("3, 3", "a list of lengths is two answers to one question"),
            ("3, 4", "a list of lengths is two answers to one question"),
            ("3,", "a list of lengths is two answers to one question"),
            ("", "no digit is no number"),
            ("three", "a length is digits only"),
        )
    ):
        kit.expect_raises(
            ProtocolError,
            content_length,
            value,
            want="a refusal with status 400",
            why=why + "; another program on the way may read it otherwise",
            section="RFC 9112 §6.3",
            status_code=400,
        )


@kit.task("2.7")
def test_a_length_of_many_digits_overflows_nothing() -> None:
    for _, digits in kit.cases(
        (f"content_length({digits} nines)", digits) for digits in (60, 5000)
    ):
        error = kit.expect_raises(
            ProtocolError,
            content_length,
            "9" * digits,
            want="a refusal with status 413",
            why="int() of more than 4,300 digits raises ValueError: that would be a crash of ours",
            section="RFC 9110 §8.6",
        )
        kit.expect_that(
            error.status_code in (400, 413),
            want="413, or 400",
            got=str(error.status_code),
            section="RFC 9110 §8.6",
        )


@kit.task("2.7")
def test_chunked_alone_is_taken() -> None:
    case, space = "names of codings have no case", "space and tab around a name are not part of it"
    for _, (value, why) in kit.cases(
        (f'check_codings("1.1", {value!r})', (value, why))
        for value, why in (
            ("chunked", "it stands last, and once"),
            ("Chunked", case),
            ("CHUNKED", case),
            (" chunked\t", space),
        )
    ):
        try:
            check_codings("1.1", value)
        except ProtocolError as error:
            kit.expect_that(
                False,
                want="no refusal: the one coding is chunked",
                got=str(error),
                why=why,
                section="RFC 9112 §7",
            )


@kit.task("2.7")
def test_chunked_must_be_the_last_coding() -> None:
    guess = "without chunked at the end nobody knows where the body ends, and guesses differ"
    strips = "strip() takes VT for whitespace; HTTP knows space and tab only"
    for _, (value, why) in kit.cases(
        (f'check_codings("1.1", {value!r})', (value, why))
        for value, why in (
            ("gzip", guess),
            ("chunked, gzip", guess),
            ("chunked,identity", guess),
            ("identity", guess),
            ("", "a list without an element names no coding: " + guess),
            ("xchunked", guess),
            ("chunkedx", guess),
            ('"chunked"', guess),
            ("chunked\x0b", strips),
            ("chun ked", guess),
        )
    ):
        kit.expect_raises(
            ProtocolError,
            check_codings,
            "1.1",
            value,
            want="a refusal with status 400",
            why=why,
            section="RFC 9112 §6.3",
            status_code=400,
        )


@kit.task("2.7")
def test_chunked_may_be_there_once() -> None:
    for _, value in kit.cases(
        (f'check_codings("1.1", {value!r})', value)
        for value in ("chunked, chunked", "chunked,gzip,chunked")
    ):
        kit.expect_raises(
            ProtocolError,
            check_codings,
            "1.1",
            value,
            want="a refusal with status 400",
            why="who removes one layer leaves chunks inside the body",
            section="RFC 9112 §6.1",
            status_code=400,
        )


@kit.task("2.7")
def test_an_unknown_coding_before_chunked_is_501() -> None:
    for _, value in kit.cases(
        (f'check_codings("1.1", {value!r})', value) for value in ("gzip, chunked", "br,chunked")
    ):
        kit.expect_raises(
            ProtocolError,
            check_codings,
            "1.1",
            value,
            want="a refusal with status 501",
            why="its end is known, but we cannot undo this coding: our lack, not their fault",
            section="RFC 9112 §6.1",
            status_code=501,
        )


@kit.task("2.7")
def test_http_1_0_has_no_codings() -> None:
    for _, value in kit.cases(
        (f'check_codings("1.0", {value!r})', value) for value in ("chunked", "gzip, chunked")
    ):
        kit.expect_raises(
            ProtocolError,
            check_codings,
            "1.0",
            value,
            want="a refusal with status 400",
            why="an HTTP/1.0 program on the way does not know the field, and sees another body",
            section="RFC 9112 §6.1",
            status_code=400,
        )

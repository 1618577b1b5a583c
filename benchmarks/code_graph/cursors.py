"""What libclang's Python binding leaves out or makes slow: file locations, operators, names of declarations.

A *file location* is where a person sees the token: in the macro's argument where it was spelled there,
otherwise at the outermost macro's name. The token is spelled in the text just if that place holds it.
"""

import ctypes
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clang import cindex

KIND = cindex.CursorKind
ARRAYS = frozenset(
    (cindex.TypeKind.CONSTANTARRAY, cindex.TypeKind.INCOMPLETEARRAY, cindex.TypeKind.VARIABLEARRAY)
)
ASSIGN = 22
"""CXBinaryOperator_Assign."""
POST_INC, POST_DEC, PRE_INC, PRE_DEC, ADDRESS = 1, 2, 3, 4, 5
"""CXUnaryOperatorKind."""
WORD = re.compile(rb"[A-Za-z_]\w*")
Cursor = Any


def _library() -> Any:
    library = cindex.conf.lib
    numbers = [ctypes.POINTER(ctypes.c_uint)] * 3
    library.clang_getFileLocation.argtypes = [
        cindex.SourceLocation,
        ctypes.POINTER(cindex.c_object_p),
        *numbers,
    ]
    for function in ("clang_getCursorBinaryOperatorKind", "clang_getCursorUnaryOperatorKind"):
        getattr(library, function).argtypes = [cindex.Cursor]
    return library


LIBRARY = _library()


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: its absolute path, line from 1, offset in bytes."""

    path: str
    line: int
    offset: int


class Places:
    """File locations of one translation unit, and the words that stand there."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._paths: dict[int, str] = {}
        self._file = cindex.c_object_p()
        self._numbers = (ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint())
        self._arguments = (ctypes.byref(self._file), *(ctypes.byref(number) for number in self._numbers))

    def of(self, location: Any) -> Place:
        """The file location; the path is "" for what the compiler itself declares."""
        LIBRARY.clang_getFileLocation(location, *self._arguments)
        if not self._file:
            return Place("", 0, 0)
        return Place(self._path(), self._numbers[0].value, self._numbers[2].value)

    def _path(self) -> str:
        address = ctypes.addressof(self._file.contents)
        if address not in self._paths:
            name = str(LIBRARY.clang_getFileName(cindex.File(self._file)))
            self._paths[address] = os.path.realpath(os.path.join(self._directory, name))
        return self._paths[address]


class Texts:
    """The bytes of source files, each read once."""

    def __init__(self) -> None:
        self._texts: dict[str, bytes] = {}

    def word(self, place: Place) -> str:
        """The identifier that the text has at a place, or ""."""
        if place.path not in self._texts:
            with open(place.path, "rb") as file:
                self._texts[place.path] = file.read()
        found = WORD.match(self._texts[place.path], place.offset)
        return found[0].decode() if found else ""


@dataclass(frozen=True)
class Declared:
    """A declaration that something refers to, looked at no further than needed."""

    cursor: Cursor

    @cached_property
    def name(self) -> str:
        return str(self.cursor.spelling)

    @cached_property
    def kind(self) -> Any:
        return self.cursor.kind

    @cached_property
    def static(self) -> bool:
        return bool(self.cursor.linkage == cindex.LinkageKind.INTERNAL)

    @cached_property
    def global_variable(self) -> bool:
        """A variable at file level."""
        return (
            self.kind == KIND.VAR_DECL and self.cursor.semantic_parent.kind == KIND.TRANSLATION_UNIT
        ) or self._extern_in_block

    @property
    def _extern_in_block(self) -> bool:
        linked = (cindex.LinkageKind.EXTERNAL, cindex.LinkageKind.UNIQUE_EXTERNAL)
        return self.kind == KIND.VAR_DECL and self.cursor.linkage in linked

    @property
    def definition(self) -> Cursor | None:
        """The definition in this unit; a variable without `extern` is its own, if need be a tentative one."""
        defined = self.cursor.get_definition()
        return self.cursor if defined is None and is_variable_definition(self.cursor) else defined

    @cached_property
    def record(self) -> str:
        """The tag or typedef name of the nearest named struct around a field; "" where there is none."""
        around = self.cursor.semantic_parent
        while around is not None and around.kind in (KIND.STRUCT_DECL, KIND.UNION_DECL):
            name = str(around.type.spelling).removeprefix("struct ").removeprefix("union ")
            if "(" not in name and name:
                return name
            around = around.semantic_parent
        return ""

    @cached_property
    def array(self) -> bool:
        return self.cursor.type.get_canonical().kind in ARRAYS


def is_variable_definition(cursor: Cursor) -> bool:
    """Whether a variable gets its storage here: `int x;` does, which libclang calls no definition."""
    if cursor.kind != KIND.VAR_DECL:
        return False
    return bool(cursor.is_definition() or cursor.storage_class != cindex.StorageClass.EXTERN)


def children(cursor: Cursor) -> list[Cursor]:
    """The cursors right below one."""
    return list(cursor.get_children())


def binary_operator(cursor: Cursor) -> int:
    return int(LIBRARY.clang_getCursorBinaryOperatorKind(cursor))


def unary_operator(cursor: Cursor) -> int:
    return int(LIBRARY.clang_getCursorUnaryOperatorKind(cursor))


class _Ranges(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint), ("ranges", ctypes.POINTER(cindex.SourceRange)))


def skipped_ranges(unit: Any) -> Iterator[Any]:
    """The ranges that the preprocessor left out, of every file of a unit."""
    LIBRARY.clang_getAllSkippedRanges.argtypes = [cindex.TranslationUnit]
    LIBRARY.clang_getAllSkippedRanges.restype = ctypes.POINTER(_Ranges)
    found = LIBRARY.clang_getAllSkippedRanges(unit)
    try:
        for number in range(found.contents.count):
            yield cindex.SourceRange.from_buffer_copy(found.contents.ranges[number])
    finally:
        LIBRARY.clang_disposeSourceRangeList(found)

/* procedure/graph.h: a procedure as a picture: the text that Graphviz's dot draws.
 *
 * One box a step; an arrow says "opens after", a dashed one "returns to", a dotted one what the
 * label requires. https://graphviz.org/doc/info/lang.html
 */
#pragma once

#include "procedure/procedure.h"

/* The DOT text, labels in the language. The caller frees. */
char *procedure_graph(const Procedure *procedure, const char *language);

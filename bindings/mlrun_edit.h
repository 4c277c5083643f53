/* mlrun_edit.h: reading lines that can be edited, in four functions.
 *
 * Behind them is libedit, where there is one and both ends are a terminal that
 * can do it; otherwise lines are read as they come.  One reader per process:
 * there is one terminal.
 */
#ifndef MLRUN_EDIT_H
#define MLRUN_EDIT_H

#include <stdbool.h>
#include <stddef.h>

/* Asked at a Tab, with what stands before the cursor.  Returns what to insert
 * there, valid until the next call, or NULL; when it printed something, it
 * sets *printed and the line is shown anew. */
typedef const char *mlrun_complete_fn(void *ud, const char *text, size_t len,
                                      bool *printed);

typedef enum mlrun_got {
    MLRUN_END,    /* of the input */
    MLRUN_LINE,   /* in *line, without its newline */
    MLRUN_DROPPED /* by Ctrl-C */
} mlrun_got;

/* True when lines can be edited.  `complete` may be NULL. */
bool mlrun_edit_open(mlrun_complete_fn *complete, void *ud);
/* Reads one line behind a prompt.  *line is the reader's, until the next. */
mlrun_got mlrun_edit_read(const char *prompt, const char **line, size_t *len);
/* Adds an entry to what the arrow keys and Ctrl-R find. */
void mlrun_edit_add(const char *entry);
/* Puts the terminal back; a second time does nothing. */
void mlrun_edit_close(void);

#endif

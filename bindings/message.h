/* message.h: plain values on their way from one Lua state to another. */
#ifndef MLRTL_MESSAGE_H
#define MLRTL_MESSAGE_H

#include "lib.h"

/* Values as bytes, and the tensors among them, which belong to m while they
 * wait.  Zeroed but for m, it is empty. */
typedef struct mlrtL_message {
    mlrt *m;
    unsigned char *bytes;
    size_t length, room;
    mlrt_tensor **t;
    int nt, t_room;
} mlrtL_message;

/* How tensors are handed over: moved, so that they are gone here, or shared and
 * from then on only read. */
typedef enum mlrtL_handing { MLRTL_MOVE, MLRTL_SHARE } mlrtL_handing;

/* Packs the values from position `first` to the top; raises if one of them
 * cannot go, the message then being empty.  `what` names them. */
void mlrtL_pack(lua_State *L, mlrtL_state *S, int first, mlrtL_message *msg,
                mlrtL_handing handing, const char *what);
/* Pushes the values and empties the message; how many there are. */
int mlrtL_unpack(lua_State *L, mlrtL_state *S, mlrtL_message *msg);
/* Makes it empty, keeping the room of its bytes; gives up all it has. */
void mlrtL_message_empty(mlrtL_message *msg);
void mlrtL_message_free(mlrtL_message *msg);

#endif

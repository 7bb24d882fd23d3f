/* state.c: see state.h. Async-signal-safe. */
#include "state.h"

/* In .data, where a reader finds the magic: with zeros it would be elsewhere. */
struct state state __attribute__((aligned(64))) = {
	.magic = STATE_MAGIC, .size = sizeof state, .version = VERSION, .options = &options, .dispositions = disposition_table, .wakeup_fd = -1};

/* names.h: calls.def reduced to the names alone: NAME(name) once a row. Include with NAME defined, and BEHIND if its rows mean something else. */
#define SAFEPOINT(ret, name, nr, kind, params, args) NAME(name)
#define SAFEPOINT_AS(ret, name, nr, kind, params, names, args) NAME(name)
#define SAFEPOINT_CHECKED(ret, name, nr, kind, fits, params, names, args) NAME(name)
#define SAFEPOINT_NONE(ret, name, nr, kind) NAME(name)
#ifndef BEHIND
#define BEHIND(name) NAME(name)
#endif
#define FORWARD(ret, name, params, args) BEHIND(name)
#define LOCK(ret, name, attempt, lock, busy, params, args) NAME(name)
#define REGION(ret, name, kind, params, args) NAME(name)
#define CALL(ret, name, params, args) NAME(name)
#define PLAIN(ret, name, kind, duty, params, args) NAME(name)
#define EXEC(ret, name, path, params, args) NAME(name)
#define BYHAND(name) NAME(name)
#include "calls.def"
#undef SAFEPOINT
#undef REGION
#undef CALL
#undef PLAIN
#undef EXEC
#undef SAFEPOINT_AS
#undef SAFEPOINT_CHECKED
#undef SAFEPOINT_NONE
#undef BEHIND
#undef FORWARD
#undef LOCK
#undef BYHAND

/* cli/native.h: an environment in which a host behaves as if it had never met sigtame. lint and sweep call it, in the child
 * that is about to become the host. */
#ifndef SIGTAME_NATIVE_H
#define SIGTAME_NATIVE_H

void native_options(void); /* no SIGTAME_ variable is left */
void native_preload(void); /* the library is not in LD_PRELOAD */

#endif

/* A program that is not position-independent and takes malloc's address: that address lies in the program, malloc does not. */
#include <stdlib.h>
static void *(*volatile taken)(size_t);
__attribute__((constructor)) static void take(void) { taken = malloc; }
#include "rungs.c"

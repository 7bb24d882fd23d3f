/* "They may also run between two instructions of the program's own code, but not in a program that brings its own malloc." */
#define OWN_MALLOC
#include "rungs.c"

/* empty.c: a preload with nothing in it: what any object costs at the start. */
extern int bench_empty;
int bench_empty;

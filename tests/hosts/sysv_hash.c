/* sysv_hash.c: an object with the older of the two kinds of hash table alone, which check_symbol preloads into itself. */
int in_sysv_hash_alone(void);
int in_sysv_hash_alone(void) { return 1; }

/* It stands before the C library's. */
int pause(void);
int pause(void) { return 2; }

/* The tests of sixteen.h for the form of it that machines without SSE2 have. */
#define SIXTEEN_IN_WORDS
#include "test_sixteen.c"

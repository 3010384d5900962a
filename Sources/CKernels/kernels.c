#include "CKernels.h"
int zoo_placeholder(void) { return 1; }

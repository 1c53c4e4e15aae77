#include "parity.h"

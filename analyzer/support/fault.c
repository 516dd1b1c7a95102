#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

enum status fault_set(struct fault *fault, enum status status, const char *format, ...)
{
    fault->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->message, sizeof fault->message, format, arguments);
    va_end(arguments);
    return status;
}

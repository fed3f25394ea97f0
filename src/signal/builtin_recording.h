/* The recording that was built into the program for a first look without a server. Made by src/embed_recording.cmake. */
#ifndef SIGNAL_BUILTIN_RECORDING_H
#define SIGNAL_BUILTIN_RECORDING_H

#include <stddef.h>

extern const unsigned char builtin_recording[];
extern const size_t builtin_recording_len; /* in bytes; 0 when the program was built without one */

#endif

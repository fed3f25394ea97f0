/* The version that servers see, given by the build. */
#ifndef NET_VERSION_H
#define NET_VERSION_H

#ifndef NIGHTBELL_VERSION
#define NIGHTBELL_VERSION "0"
#endif

#endif

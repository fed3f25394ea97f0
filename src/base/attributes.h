/* Compiler attributes in one spelling, and cleanup by scope. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NODISCARD __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * AUTO(arena) struct arena tick = …;  calls arena_auto(&tick) at the end of the scope. DEFINE_AUTO(name, type, free_fn) defines that function
 * for a pointer-to-value cleanup; DEFINE_AUTO_PTR for `struct x *p` whose free function takes the pointer.
 */
#define AUTO(name) __attribute__((cleanup(name##_auto)))
#define DEFINE_AUTO(name, type, free_fn)                                                                                                           \
    static inline void name##_auto(type *p)                                                                                                        \
    {                                                                                                                                              \
        free_fn(p);                                                                                                                                \
    }
#define DEFINE_AUTO_PTR(name, type, free_fn)                                                                                                       \
    static inline void name##_auto(type **p)                                                                                                       \
    {                                                                                                                                              \
        if (*p)                                                                                                                                    \
            free_fn(*p);                                                                                                                           \
    }

#endif

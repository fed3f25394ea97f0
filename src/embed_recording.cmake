# cmake -DFILE=… -DOUT=… -P embed_recording.cmake: writes the C file behind signal/builtin_recording.h.
if(EXISTS "${FILE}")
    file(SIZE "${FILE}" size)
    file(WRITE "${OUT}" "#include \"signal/builtin_recording.h\"\n\
__asm__(\".section .rodata\\n.balign 16\\n.global builtin_recording\\n.type builtin_recording, @object\\n\"\n\
        \"builtin_recording: .incbin \\\"${FILE}\\\"\\n.byte 0\\n.size builtin_recording, ${size}\\n.previous\\n\");\n\
const size_t builtin_recording_len = ${size};\n")
else()
    file(WRITE "${OUT}" "#include \"signal/builtin_recording.h\"\n\
const unsigned char builtin_recording[] = {0};\n\
const size_t builtin_recording_len = 0;\n")
endif()

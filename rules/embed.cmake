# cmake -DFOLDER=… -DOUT=… -P embed.cmake: writes the C file behind rule/builtin.h, a table of every rule file outside tests/.
# A path is relative to FOLDER ("signals/host.yaml"); the bytes are followed by a NUL that `len` does not count.
file(GLOB_RECURSE files RELATIVE "${FOLDER}" "${FOLDER}/*.yaml")
list(FILTER files EXCLUDE REGEX "^tests/")
list(SORT files)
set(bytes "")
set(names "")
set(rows "")
set(count 0)
foreach(file IN LISTS files)
    file(SIZE "${FOLDER}/${file}" size)
    string(APPEND bytes "__asm__(\".section .rodata\\n.global builtin_rules_${count}\\n.hidden builtin_rules_${count}\\n\"\n\
        \"builtin_rules_${count}: .incbin \\\"${FOLDER}/${file}\\\"\\n.byte 0\\n.previous\\n\");\n")
    string(APPEND names "extern const char builtin_rules_${count}[];\n")
    string(APPEND rows "    {\"${file}\", builtin_rules_${count}, ${size}},\n")
    math(EXPR count "${count} + 1")
endforeach()
if(count EQUAL 0)
    set(rows "    {0},\n")
endif()
file(WRITE "${OUT}" "#include \"rule/builtin.h\"\n\n${bytes}\n${names}\n\
const struct builtin_file builtin_files[] = {\n${rows}};\nconst size_t builtin_files_len = ${count};\n")

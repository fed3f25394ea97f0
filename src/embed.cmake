# Data within the binary. The generated C files take the bytes by .incbin and are made anew when one of the files changes.

function(embed_rules floor)
    if(NOT TARGET nb_${floor})
        return()
    endif()
    file(GLOB_RECURSE files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/rules/*.yaml")
    list(FILTER files EXCLUDE REGEX "^${CMAKE_SOURCE_DIR}/rules/tests/")
    set(out "${CMAKE_BINARY_DIR}/generated/builtin_rules.c")
    add_custom_command(OUTPUT "${out}"
        COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${CMAKE_SOURCE_DIR}/rules" "-DOUT=${out}" -P "${CMAKE_SOURCE_DIR}/rules/embed.cmake"
        DEPENDS ${files} "${CMAKE_SOURCE_DIR}/rules/embed.cmake" VERBATIM)
    target_sources(nb_${floor} PRIVATE "${out}")
endfunction()

function(embed_recording floor path)
    if(NOT TARGET nb_${floor})
        return()
    endif()
    set(out "${CMAKE_BINARY_DIR}/generated/builtin_recording.c")
    file(GLOB file CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${path}")
    add_custom_command(OUTPUT "${out}"
        COMMAND "${CMAKE_COMMAND}" "-DFILE=${CMAKE_SOURCE_DIR}/${path}" "-DOUT=${out}" -P "${CMAKE_SOURCE_DIR}/src/embed_recording.cmake"
        DEPENDS ${file} "${CMAKE_SOURCE_DIR}/src/embed_recording.cmake" VERBATIM)
    target_sources(nb_${floor} PRIVATE "${out}")
endfunction()

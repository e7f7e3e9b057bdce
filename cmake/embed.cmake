# cmake -DFROM=FILE -DTO=FILE.c -DNAME=NAME -DHEADER=HEADER -P embed.cmake: the bytes of a file as C, which the header
# declares as NAME and NAME_length.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE ${TO}.new "#include \"${HEADER}\"\n\nconst char ${NAME}[] = {\n    ${bytes}'\\0'};\n"
                     "const size_t ${NAME}_length = sizeof ${NAME} - 1;\n")
file(RENAME ${TO}.new ${TO})

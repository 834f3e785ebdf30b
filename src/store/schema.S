/* store/schema.S: the numbered files of schema/ as texts of the program. */
        .macro schema number
        .global schema_\number
        .type schema_\number, @object
schema_\number:
        .incbin "src/store/schema/\number\().sql"
        .byte 0
        .size schema_\number, . - schema_\number
        .endm

        .section .rodata
        schema 001
        schema 002
        schema 003
        schema 004
        schema 005
        schema 006
        schema 007
        .section .note.GNU-stack, "", @progbits

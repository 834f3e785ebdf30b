/* store/schema.S: the numbered files of schema/ as texts of the program. */
        .section .rodata
        .global schema_001
        .type schema_001, @object
schema_001:
        .incbin "src/store/schema/001.sql"
        .byte 0
        .size schema_001, . - schema_001
        .global schema_002
        .type schema_002, @object
schema_002:
        .incbin "src/store/schema/002.sql"
        .byte 0
        .size schema_002, . - schema_002
        .section .note.GNU-stack, "", @progbits

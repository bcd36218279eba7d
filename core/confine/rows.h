/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - the rows of steps.def for one kind of process, within an array of struct step_row
 *
 * Who includes it defines WALKS_..., one macro for each word of WHO that it walks, as STEP_ROW.
 * There is no include guard: each array includes it.
 */
#ifndef WALKS_INIT
#define WALKS_INIT STEP_NO_ROW
#endif
#ifndef WALKS_SHELL
#define WALKS_SHELL STEP_NO_ROW
#endif
#ifndef WALKS_PROGRAM
#define WALKS_PROGRAM STEP_NO_ROW
#endif
#ifndef WALKS_INIT_PROGRAM
#define WALKS_INIT_PROGRAM STEP_NO_ROW
#endif
#ifndef WALKS_SHELL_PROGRAM
#define WALKS_SHELL_PROGRAM STEP_NO_ROW
#endif
#ifndef WALKS_KEEPER_PROGRAM
#define WALKS_KEEPER_PROGRAM STEP_NO_ROW
#endif
#define WALKS_PARENT STEP_NO_ROW
#define WALKS_FOUND  STEP_NO_ROW

#define STEP(ID, name, WHO, function) WALKS_##WHO(ID, function)
#define AGAIN(ID, WHO, function)      WALKS_##WHO(ID, function)
#include "steps.def"
#undef STEP
#undef AGAIN

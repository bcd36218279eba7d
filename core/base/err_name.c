/* SPDX-License-Identifier: Apache-2.0 */
/* err_name.c - names of errors, because only glibc has strerrorname_np(3) */
#include "base/err.h"

#include <errno.h>
#include <stddef.h>

const char *err_name(int err)
{
#define E(name) [name] = #name
	static const char *const names[] = {
		E(EPERM),	  E(ENOENT),	   E(ESRCH),	       E(EINTR),
		E(EIO),		  E(ENXIO),	   E(E2BIG),	       E(ENOEXEC),
		E(EBADF),	  E(ECHILD),	   E(EAGAIN),	       E(ENOMEM),
		E(EACCES),	  E(EFAULT),	   E(ENOTBLK),	       E(EBUSY),
		E(EEXIST),	  E(EXDEV),	   E(ENODEV),	       E(ENOTDIR),
		E(EISDIR),	  E(EINVAL),	   E(ENFILE),	       E(EMFILE),
		E(ENOTTY),	  E(ETXTBSY),	   E(EFBIG),	       E(ENOSPC),
		E(ESPIPE),	  E(EROFS),	   E(EMLINK),	       E(EPIPE),
		E(EDOM),	  E(ERANGE),	   E(EDEADLK),	       E(ENAMETOOLONG),
		E(ENOLCK),	  E(ENOSYS),	   E(ENOTEMPTY),       E(ELOOP),
		E(ENODATA),	  E(ETIME),	   E(EOVERFLOW),       E(EUSERS),
		E(ENOTSOCK),	  E(EDESTADDRREQ), E(EMSGSIZE),	       E(EPROTO),
		E(EPROTOTYPE),	  E(ENOPROTOOPT),  E(EPROTONOSUPPORT), E(ESOCKTNOSUPPORT),
		E(EOPNOTSUPP),	  E(EPFNOSUPPORT), E(EAFNOSUPPORT),    E(EADDRINUSE),
		E(EADDRNOTAVAIL), E(ENETDOWN),	   E(ENETUNREACH),     E(ENETRESET),
		E(ECONNABORTED),  E(ECONNRESET),   E(ENOBUFS),	       E(EISCONN),
		E(ENOTCONN),	  E(ESHUTDOWN),	   E(ETIMEDOUT),       E(ECONNREFUSED),
		E(EHOSTDOWN),	  E(EHOSTUNREACH), E(EALREADY),	       E(EINPROGRESS),
		E(ESTALE),	  E(EUCLEAN),	   E(EREMOTEIO),       E(EDQUOT),
		E(ECANCELED),	  E(ENOKEY),	   E(EKEYEXPIRED),     E(EKEYREVOKED),
		E(EKEYREJECTED),  E(EOWNERDEAD),   E(ENOTRECOVERABLE),
	};
#undef E

	return err > 0 && (size_t)err < sizeof names / sizeof names[0] && names[err] != NULL ?
		       names[err] :
		       "?";
}

# SPDX-License-Identifier: Apache-2.0
# fish completion for cordon(1): commands, options and arguments are those that its help lists

function __cordon_commands
    cordon --help | sed -n 's/^  \([a-z][a-z-]*\)  */\1\t/p'
end

# each option of a command, with its argument: "--user USER"
function __cordon_options
    cordon $argv[1] --help | sed -n 's/^  \(--[a-z][^ []*\)\( [^ ]\{1,\}\)\{0,1\}.*/\1\2/p'
end

function __cordon_arguments
    set -l words (commandline -opc)
    set -l command $words[2]
    set -l option (string match -- "$words[-1] *" (__cordon_options $command))
    switch (string replace -r '^\S+ ' '' -- "$option")
        case USER
            __fish_complete_users
        case 'GROUP*'
            __fish_complete_groups
        case PROFILE
            set -l files /etc/cordon/profiles/*.conf /usr/share/cordon/profiles/*.conf
            string replace -r '.*/(.*)\.conf$' '$1' -- $files
        case DIR
            __fish_complete_directories
        case 'FILE*'
            __fish_complete_path
        case '*|*'
            string split '|' -- (string replace -r '^\S+ ' '' -- "$option")
        case ''
            switch $command
                case check
                    __fish_complete_path
                case learn
                    __fish_complete_users
                    __fish_complete_command
                case edit
                    set -l files /etc/cordon/rules.d/*.conf /usr/lib/cordon/rules.d/*.conf
                    string replace -r '.*/(.*)\.conf$' '$1' -- $files
                case explain selftest
                    __fish_complete_users
                    if contains -- --diff $words; or contains -- --exposure $words
                        __fish_complete_path
                        set -l files /etc/cordon/profiles/*.conf /usr/share/cordon/profiles/*.conf
                        string replace -r '.*/(.*)\.conf$' '$1' -- $files
                    end
                case run
                    __fish_complete_command
            end
            string replace -r ' .*' '' -- (__cordon_options $command)
    end
end

complete -c cordon -f
complete -c cordon -n 'test (count (commandline -opc)) = 1' -a '(__cordon_commands)'
complete -c cordon -n 'test (count (commandline -opc)) -gt 1' -a '(__cordon_arguments)'

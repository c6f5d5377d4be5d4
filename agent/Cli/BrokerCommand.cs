using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using EdgeAgent.Platform;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent broker</c>: the users of the embedded broker.</summary>
internal static class BrokerCommand
{
    /// <summary>Length of a password, bytes of UTF-8.</summary>
    private const int MinPassword = 8, MaxPassword = 256;

    private static readonly string Roles = string.Join(", ", UserFile.Roles.Select(UserFile.Word));

    public static Command Create() => new("broker", "Who may do what on the embedded broker.") { Passwd(), Users() };

    /// <summary>Options that say where the users' file is.</summary>
    private sealed class FileOptions
    {
        private readonly Option<string?> _file = new("--file")
        {
            Description = "File of the users; default: Broker:UsersFile of the configuration, else 'broker/users' in the state directory."
        };
        private readonly Option<string?> _config = new("--config")
        {
            Description = $"Configuration file; default {AgentSettings.SystemFile}."
        };
        private readonly Option<string?> _state = new("--state") { Description = "State directory." };

        public FileOptions(Command command)
        {
            command.Add(_file);
            command.Add(_config);
            command.Add(_state);
        }

        public string Path(ParseResult result) => result.GetValue(_file) ?? AgentSettings.Load(result.GetValue(_config),
            new Dictionary<string, string?> { ["StateDirectory"] = result.GetValue(_state) }).BrokerUsersPath!;
    }

    private static Command Passwd()
    {
        var user = new Argument<string>("USER") { Description = "Name of the user; a terminal's is the CLIENT of its reply topics." };
        var role = new Option<string?>("--role") { Description = $"{Roles}; default: the role it has, else terminal." };
        var passwordFile = new Option<string?>("--password-file")
        {
            Description = "File that holds the password; without it, it is asked for, or read from standard input."
        };
        var remove = new Option<bool>("--remove") { Description = "Remove the user." };
        var command = new Command("passwd", "Make a user of the embedded broker, change its password or role, or remove it.")
        { user, role, passwordFile, remove };
        var file = new FileOptions(command);
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var (name, path) = (result.GetValue(user)!, file.Path(result));
            var users = UserFile.Load(path).ToDictionary(StringComparer.Ordinal);
            if (result.GetValue(remove))
            {
                if (!users.Remove(name)) throw new UsageException($"expected a user to remove; found no '{name}' in '{path}'");
            }
            else
            {
                var made = Make(name, result.GetValue(role), users.GetValueOrDefault(name), result.GetValue(passwordFile));
                users[name] = made;
                if (users.Count > UserFile.MaxUsers) throw new UsageException($"expected at most {UserFile.MaxUsers} users; found more");
            }
            UserFile.Save(path, users.Values);
            Console.WriteLine(users.TryGetValue(name, out var now)
                ? $"{name}: {UserFile.Word(now.Role)}, in '{path}'" : $"{name}: removed from '{path}'");
            if (users.Count == 0) Console.WriteLine("there are no users left: whoever connects on this machine may do everything");
            return ExitCodes.Success;
        }));
        return command;
    }

    private static BrokerUser Make(string name, string? word, BrokerUser? before, string? passwordFile)
    {
        if (!Topics.IsName(name))
            throw new UsageException($"a user is a name of up to {Topics.MaxNameLength} letters, digits, '.', '_' and '-', found '{name}'");
        var role = before?.Role ?? BrokerRole.Terminal;
        if (word is not null && !UserFile.TryRole(word, out role))
            throw new UsageException($"--role must be one of {Roles}, found '{word}'");
        var password = Encoding.UTF8.GetBytes(Password(passwordFile));
        return password.Length is >= MinPassword and <= MaxPassword
            ? new BrokerUser(name, role, PasswordHash.Of(password))
            : throw new UsageException($"a password has {MinPassword}..{MaxPassword} bytes, found {password.Length}");
    }

    /// <summary>Never from the command line: other users of the machine can read that.</summary>
    private static string Password(string? file)
    {
        if (file is not null)
            return File.Exists(file) ? TextFile.ReadAllText(file).TrimEnd('\r', '\n')
                : throw new UsageException($"expected a password file; found no file '{file}'");
        if (Console.IsInputRedirected) return Console.In.ReadLine() ?? "";
        var password = AnsiConsole.Prompt(new TextPrompt<string>("Password:").Secret());
        return password == AnsiConsole.Prompt(new TextPrompt<string>("Again:").Secret())
            ? password : throw new UsageException("the two passwords are not the same");
    }

    private static Command Users()
    {
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("users", "List the users of the embedded broker and their roles.") { json };
        var file = new FileOptions(command);
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var users = UserFile.Load(file.Path(result)).Values.OrderBy(u => u.Name, StringComparer.Ordinal).ToList();
            if (result.GetValue(json))
                Console.WriteLine(new JsonArray([.. users.Select(u =>
                    new JsonObject { ["user"] = u.Name, ["role"] = UserFile.Word(u.Role) })]).ToJsonString());
            else if (users.Count == 0) Console.WriteLine("no users: whoever connects on this machine may do everything");
            else
                foreach (var user in users) Console.WriteLine($"{user.Name,-24} {UserFile.Word(user.Role)}");
            return ExitCodes.Success;
        }));
        return command;
    }
}

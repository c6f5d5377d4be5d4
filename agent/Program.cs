using EdgeAgent.Cli;
using EdgeAgent.Platform;

CrashGuard.HideMessages();
Console.OutputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
Console.InputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await EntryPoint.RunAsync(args, TimeProvider.System);

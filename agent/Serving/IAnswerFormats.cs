using Microsoft.Extensions.AI;

namespace EdgeAgent.Serving;

/// <summary>
/// Checks written answers against the form that a request asked for. The student's chat client offers it through
/// <see cref="IChatClient.GetService"/>.
/// </summary>
internal interface IAnswerFormats
{
    /// <summary>Whether a text has the request's form; true where it asks for none.</summary>
    /// <exception cref="ArgumentException">The form cannot be held.</exception>
    bool Fits(ChatOptions options, string text);
}

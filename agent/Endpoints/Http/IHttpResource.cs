using Microsoft.AspNetCore.Http;

namespace EdgeAgent.Endpoints.Http;

/// <summary>Who calls.</summary>
/// <param name="Client">
/// The API key's name, else the address: clients take turns where queries wait, and keep their conversations apart.
/// </param>
internal sealed record HttpCaller(string Client)
{
    /// <summary>How rights on documents name it: <c>key:NAME</c> of its API key; null without one.</summary>
    public string? Reader { get; init; }
}

/// <summary>What a path serves. Register one, and <see cref="HttpDispatcher"/> finds it.</summary>
internal interface IHttpResource
{
    string Method { get; }

    /// <summary>The exact path; one that ends with a slash, and is more than that, stands for everything below it.</summary>
    string Path { get; }

    /// <summary>Whether it is served without an API key where keys are configured: it tells nothing of questions.</summary>
    bool IsOpen => false;

    Task HandleAsync(HttpContext context, HttpCaller caller);
}

import { type Auth, browserPopupRedirectResolver, GoogleAuthProvider, signInWithPopup } from "firebase/auth";

/** Signs in with a Google account in a window of its own. */
export async function signIn(auth: Auth): Promise<void> {
	await signInWithPopup(auth, new GoogleAuthProvider(), browserPopupRedirectResolver);
}
